import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { openOutage } from '../helpers/outage.ts'
import { signIn } from '../helpers/portal.ts'
import { addStaff, codeNow, staffPassword } from '../helpers/staff.ts'

const { app, db, base } = await openOutage()
await addStaff(db, 'boss', 'admin')
const visit = visitIn(await openBrowser())

async function logIn(page: Page, address: string) {
  await page.goto(base + address)
  await page.fill('#login_id', 'boss')
  await page.fill('#password', staffPassword)
  await page.fill('#code', await codeNow(db, 'boss'))
  await page.getByRole('button', { name: 'ログイン', exact: true }).click()
}

/** How many members have seen their result, and logins in the last hour, as the page says. */
async function figures(page: Page) {
  const text = (await page.locator('#live').textContent()) ?? ''
  const seen = /対象の会員 2件のうち (\d)件/.exec(text)?.[1]
  return { seen: Number(seen), logins: Number(/ログイン 60分で(\d+)/.exec(text)?.[1]) }
}

for (const [name, id, options] of [
  ['on a phone', 'hanako', phone],
  ['on a desktop', 'A0012345', { viewport: { width: 1280, height: 900 } }]
] satisfies [string, string, BrowserContextOptions][])
  test(`the charts go on by themselves while a member logs in, ${name}`, () =>
    visit(options, async page => {
      await logIn(page, '/desk/live')
      await page.getByRole('heading', { name: '現在の状況' }).waitFor()
      await check(page)
      const table = page.locator('#table-login')
      await table.locator('summary').click()
      const before = await figures(page)
      const kind = id.startsWith('A') ? 'business' : 'individual'
      const cookie = await signIn(app, kind, id, 'right')
      await app.inject({ url: kind === 'business' ? '/business' : '/mypage', headers: { cookie } })
      const more = `対象の会員 2件のうち ${before.seen + 1}件`
      await page.getByText(more).waitFor()
      while ((await figures(page)).logins === before.logins) await page.waitForTimeout(100)
      assert.equal(await table.getAttribute('open'), '', 'the table stays open')
      assert.equal(await page.evaluate('document.activeElement.parentElement.id'), 'table-login')
      await check(page)
    }))

test('updates can be stopped, and go on again', () =>
  visit({}, async page => {
    await logIn(page, '/desk/live')
    await page.getByRole('button', { name: '自動更新を止める' }).click()
    const time = () => page.locator('#live time').first().textContent()
    const stopped = await time()
    await page.waitForTimeout(3_000)
    assert.equal(await time(), stopped)
    await page.getByRole('button', { name: '自動更新を再開する' }).click()
    while ((await time()) === stopped) await page.waitForTimeout(100)
  }))

test('who is disabled while watching is told to reload', () =>
  visit({}, async page => {
    await logIn(page, '/desk/live')
    await page.getByRole('button', { name: '自動更新を止める' }).waitFor()
    const disabled = (at: Date | null) => db.updateTable('staff').set({ disabled_at: at }).execute()
    await disabled(new Date())
    await page.getByText('自動更新が止まりました').waitFor()
    await disabled(null)
  }))

test('without JavaScript the page can be read and loaded again', () =>
  visit({ ...phone, javaScriptEnabled: false }, async page => {
    await logIn(page, '/desk/live')
    await page.getByText('対象の会員 2件のうち').waitFor()
    assert.equal(await page.getByRole('button', { name: '自動更新を止める' }).isVisible(), false)
    await page.locator('#table-login summary').click()
    await page.locator('#table-login td').first().waitFor()
    await page.reload()
    await page.getByText('対象の会員 2件のうち').waitFor()
  }))

test('audit and administration have no barriers, on a phone and on a desktop', () =>
  visit(phone, async page => {
    await logIn(page, '/desk/audit')
    await page.getByRole('heading', { name: '操作の記録' }).waitFor()
    await check(page)
    await page.fill('#day_from', '2017-04-13')
    await page.getByRole('button', { name: '絞り込む' }).click()
    await page.getByRole('link', { name: 'すべての記録を表示する' }).waitFor()
    await page.getByRole('button', { name: '記録に改変がないか確かめる' }).click()
    await page.getByText('記録に改変はありません').waitFor()
    await check(page)
    await page.goto(`${base}/desk/staff`)
    await check(page)
    await page.fill('#login_id', 'newcomer')
    await page.fill('#name', '新人')
    await page.getByRole('button', { name: '追加する' }).click()
    await page.getByText('このコードは二度と表示されません').waitFor()
    await check(page)
    await page.getByRole('link', { name: 'スタッフの一覧へ戻る' }).click()
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByRole('link', { name: 'newcomer' }).click()
    await check(page)
    await page.getByRole('button', { name: '利用を停止する' }).click()
    await page.getByRole('button', { name: '利用を再開する' }).waitFor()
  }))
