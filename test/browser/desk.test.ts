import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { lostMail, openDesk } from '../helpers/desk.ts'
import { summaryOf } from '../helpers/incident.ts'
import { codeNow, staffPassword } from '../helpers/staff.ts'

const { app, db } = await openDesk()
const base = await app.listen({ host: '127.0.0.1', port: 0 })
const browser = await openBrowser()
const visit = visitIn(browser)

const rows = Array.from({ length: 90 }, (_, at) => {
  const time = `2${Math.floor(at / 60)}:${String(at % 60).padStart(2, '0')}`
  return `${at % 2 ? 'hanako@aoba.example' : 'info@aoba-net.example'} ${at < 6 ? '20:06' : time}`
})
const file = lostMail(...rows)
const hosts = [
  {
    host: 'mx1',
    first: '20:00:00',
    last: '22:30:00',
    gaps: [{ from: '21:00:00', to: '21:10:00', reason: 'silence' }]
  },
  { host: 'mx2', first: '20:00:00', last: '22:30:00' }
]
const files = [
  { name: 'mx1.csv', mimeType: 'text/csv', buffer: Buffer.from(file) },
  { name: 'mx1.summary.json', mimeType: 'application/json', buffer: Buffer.from(summaryOf(file, hosts)) }
]

async function logIn(page: Page, name: string) {
  await page.goto(`${base}/login/staff`)
  await page.fill('#login_id', name)
  await page.fill('#password', staffPassword)
  await page.fill('#code', await codeNow(db, name))
  await page.getByRole('button', { name: 'ログイン', exact: true }).click()
  await page.getByRole('heading', { name: '障害', exact: true }).waitFor()
}

async function createIncident(page: Page, slug: string) {
  await page.getByRole('link', { name: '新しい障害を登録する' }).click()
  await page.fill('#slug', slug)
  await page.getByRole('button', { name: '下書きとして登録する' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.inputValue('#slug'), slug)
  await page.fill('#from', '2017-04-13T20:06')
  await page.fill('#to', '2017-04-13T22:25')
  await page.fill('#domains', 'aoba.example, aoba-net.example')
  await page.fill('#title_ja', `メール消失 ${slug}`)
  await page.fill('#title_en', `Lost mail ${slug}`)
}

type Looking = (page: Page) => Promise<void>

/** From nothing to a proposed version. */
async function propose(page: Page, slug: string, look: Looking) {
  await logIn(page, 'sato')
  await look(page)
  await createIncident(page, slug)
  await look(page)
  await page.getByRole('button', { name: '下書きとして登録する' }).click()
  await page.getByRole('heading', { name: `メール消失 ${slug}` }).waitFor()
  await look(page)
  await page.getByRole('button', { name: '登録する' }).click()
  await page.getByRole('alert').waitFor()
  await page.setInputFiles('#files', files)
  await page.getByRole('button', { name: '登録する' }).click()
}

async function review(page: Page, look: Looking) {
  await page.getByText('第1版ができました').waitFor()
  await look(page)
  await page.getByRole('link', { name: '内容を確認する' }).click()
  await page.getByText('いつ失われたか（5分ごと）').waitFor()
  await look(page)
  await page.getByRole('link', { name: '公表に進む' }).click()
  await page.getByRole('button', { name: '公表を提案する' }).click()
  await page.getByText('別の担当者の承認をお待ちください').waitFor()
  await look(page)
}

async function approve(page: Page, slug: string, look: Looking) {
  await logIn(page, 'mori')
  await page.getByRole('link', { name: `メール消失 ${slug}` }).click()
  await page.getByRole('link', { name: '第1版' }).click()
  await page.getByRole('link', { name: '承認に進む' }).click()
  await look(page)
  await page.getByRole('button', { name: '承認して公表する' }).click()
  await page.getByText('会員の結果は、この版にもとづいています').waitFor()
  await look(page)
  await page.getByRole('link', { name: 'この版を取り下げる' }).click()
  await look(page)
  await page.goto(`${base}/desk/incidents/${slug}/figures`)
  await look(page)
}

async function readVerdict(page: Page, slug: string) {
  await page.goto(`${base}/login/individual`)
  await page.fill('#login_id', 'hanako')
  await page.fill('#password', 'right')
  await page.getByRole('button', { name: 'ログイン', exact: true }).click()
  await page.getByRole('heading', { name: `メール消失 ${slug}` }).waitFor()
  await page.getByText('このアドレスあてのメールが失われました').first().waitFor()
  await page.getByText('失われたメール：45通').first().waitFor()
}

for (const [slug, options] of Object.entries({
  phone,
  desktop: { viewport: { width: 1280, height: 900 } },
  dark: { ...phone, colorScheme: 'dark' }
} satisfies Record<string, BrowserContextOptions>))
  test(`from an outage to the verdict by two people, ${slug}`, async () => {
    await visit(options, async page => {
      await propose(page, slug, check)
      await review(page, check)
    })
    await visit(options, page => approve(page, slug, check))
    await visit(options, page => readVerdict(page, slug))
  })

test('the same without JavaScript', async () => {
  const [options, slug] = [{ ...phone, javaScriptEnabled: false }, 'plain']
  const nothing = async () => {}
  await visit(options, async page => {
    await propose(page, slug, nothing)
    for (let tries = 0; tries < 50 && !(await page.getByText('第1版ができました').isVisible()); tries++) {
      await page.waitForTimeout(200)
      await page.reload()
    }
    await review(page, nothing)
  })
  await visit(options, page => approve(page, slug, nothing))
  await visit(options, page => readVerdict(page, slug))
})

test('bad lines are shown where the load failed', () =>
  visit(phone, async page => {
    await logIn(page, 'sato')
    await createIncident(page, 'broken')
    await page.getByRole('button', { name: '下書きとして登録する' }).click()
    const buffer = Buffer.from(`${file}nobody,2017-04-13T20:10:00+09:00,,,,\n`)
    await page.setInputFiles('#files', { name: 'mx1.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByText('登録できませんでした').waitFor()
    await page.getByText('mx1.csv, line 92: "nobody" is not an e-mail address').waitFor()
    await check(page)
  }))
