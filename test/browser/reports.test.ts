import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { lostMail, openDesk } from '../helpers/desk.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { untilSeen } from '../helpers/news.ts'
import { codeNow, staffPassword } from '../helpers/staff.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool } = await openDesk()
const base = await app.listen({ host: '127.0.0.1', port: 0 })
await addIncident(db, 'outage')
const rows = lostMail('hanako@aoba.example 20:10', 'info@aoba-net.example 20:11')
await publishScope({ db, pool }, 'outage', temporaryFiles()('1.csv', rows))
const browser = await openBrowser()
const visit = visitIn(browser)
const desktop = { viewport: { width: 1280, height: 900 } }

async function logIn(page: Page, name: string) {
  await page.goto(`${base}/login/staff?return_to=/desk/incidents/outage/reports`)
  await page.fill('#login_id', name)
  await page.fill('#password', staffPassword)
  await page.fill('#code', await codeNow(db, name))
  await page.getByRole('button', { name: 'ログイン', exact: true }).click()
  await page.getByRole('heading', { name: '公開のお知らせ' }).waitFor()
}

type Looking = (page: Page) => Promise<void>

async function write(page: Page, look: Looking) {
  await logIn(page, 'sato')
  await look(page)
  await page.getByRole('link', { name: '新しいお知らせを書く' }).click()
  await page.fill('#title_ja', 'メールが失われました')
  await page.fill('#body_ja', '対象は**{{affected_addresses}}**です。\n\n## お願い\n\n- 再送をご依頼ください')
  await page.fill('#title_en', 'Mail was lost')
  await page.fill('#body_en', 'Affected: **{{affected_addresses}}**.')
}

async function propose(page: Page, look: Looking) {
  await page.getByRole('button', { name: '下書きを保存する' }).click()
  await page.getByRole('link', { name: '公表に進む' }).click()
  await look(page)
  await page.getByRole('button', { name: '公表を提案する' }).click()
  await page.getByText('別の担当者の承認をお待ちください').waitFor()
}

async function approve(page: Page, title: string, look: Looking) {
  await logIn(page, 'mori')
  await page.getByRole('link', { name: title }).click()
  await page.getByRole('link', { name: '承認に進む' }).click()
  await look(page)
  await page.getByRole('button', { name: '承認する' }).click()
}

const nothing = async () => {}

test('two operators write and publish with a live preview; a visitor reads it in both languages', async () => {
  await visit(desktop, async page => {
    await write(page, check)
    await page.locator('.preview').getByText('2件', { exact: true }).waitFor()
    await page.getByText('プレビューを更新しました。').waitFor()
    await page.fill('#body_en', 'Of {{nothing}}.')
    await page.getByRole('status').getByText('英語の本文、1行目：差し込み「nothing」はありません').waitFor()
    await check(page)
    await page.getByRole('button', { name: '下書きを保存する' }).click()
    await page.getByRole('alert').waitFor()
    await check(page)
    await page.fill('#body_en', 'Affected: **{{affected_addresses}}**.')
    await propose(page, check)
  })
  await visit(phone, async page => {
    await approve(page, 'メールが失われました', check)
    await page.getByRole('heading', { name: '公表しました' }).waitFor()
    await check(page)
  })
  await untilSeen()
  await visit(phone, page => readIn(page, check))
})

async function readIn(page: Page, look: Looking) {
  await page.goto(base)
  await page.getByRole('link', { name: 'メールが失われました' }).click()
  await page.getByText('対象は2件です。').waitFor()
  await look(page)
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByText('Affected: 2.').waitFor()
  assert.deepEqual(await page.context().cookies(), [])
  await look(page)
}

const correction = {
  ja: '対象は**{{affected_addresses}}**でした。',
  why: { ja: '調査が終わりました。', en: 'The investigation is over.' }
}

const ways: Record<string, BrowserContextOptions> = {
  'in the dark': { ...phone, colorScheme: 'dark' },
  'without JavaScript': { ...phone, javaScriptEnabled: false }
}
for (const [name, options] of Object.entries(ways))
  test(`a correction shows what differs, ${name}`, async () => {
    const look = options.javaScriptEnabled === false ? nothing : check
    await visit(options, async page => {
      await logIn(page, 'sato')
      await page.getByRole('link', { name: 'メールが失われました' }).click()
      await page.fill('#body_ja', `${correction.ja}${name}`)
      await page.fill('#reason_ja', correction.why.ja)
      await page.fill('#reason_en', correction.why.en)
      await page.getByRole('button', { name: 'プレビュー' }).click()
      await page.locator('.preview').getByText(`でした。${name}`).waitFor()
      await look(page)
      await propose(page, look)
    })
    await visit(options, async page => {
      await approve(page, 'メールが失われました', look)
      await page.getByRole('heading', { name: '訂正をメールで知らせますか' }).waitFor()
      await look(page)
      await page.getByRole('button', { name: '知らせない' }).click()
      await page.getByText('moriが、メールでは知らせないことにしました。').waitFor()
    })
    await untilSeen()
    await visit(options, async page => {
      await page.goto(`${base}/news/outage/1/ja`)
      await page.getByText('に訂正しました。').waitFor()
      await look(page)
      await page.getByRole('link', { name: 'これまでの変更を見る' }).click()
      await page.locator('ins').getByText(name).first().waitFor()
      await look(page)
    })
  })
