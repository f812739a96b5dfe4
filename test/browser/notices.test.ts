import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { addAffected } from '../helpers/notice-faults.ts'
import { openTestPortal } from '../helpers/portal.ts'
import { addStaff, codeNow, staffPassword } from '../helpers/staff.ts'
import { mypageWith } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
const base = await app.listen({ host: '127.0.0.1', port: 0 })
const { url: SMTP_URL } = await openMailServer()
const notices = (...args: string[]) =>
  mypageWith({ SMTP_URL, MAIL_FROM: 'notice@aoba.example' }, url, 'notices', ...args)
await addAffected(pool, 60)
await addStaff(db, 'operator', 'operator')
await notices('plan', 'outage')
const visit = visitIn(await openBrowser())
const ledger = `${base}/desk/incidents/outage/notices`

async function logIn(page: Page) {
  await page.goto(ledger)
  await page.fill('#login_id', 'operator')
  await page.fill('#password', staffPassword)
  await page.fill('#code', await codeNow(db, 'operator'))
  await page.getByRole('button', { name: 'ログイン', exact: true }).click()
  await page.getByRole('heading', { name: 'お知らせメールの台帳' }).waitFor()
}

test('the ledger goes on by itself while notices go out, keeps what is open and focused, and stops at the end', () =>
  visit(phone, async page => {
    await logIn(page)
    await check(page)
    assert.equal(await page.getByRole('button', { name: 'すぐに止める' }).isVisible(), false)
    const sending = notices('send', 'outage', '--rate', '10')
    await page.locator('#ledger').getByText('送っています').waitFor()
    await page.getByRole('button', { name: 'すぐに止める' }).waitFor()
    await page.locator('#ledger-sent summary').click()
    await page.fill('#deadline', '2017-04-19T18:00:01')
    await page.locator('#ledger-sent summary').focus()
    await page.getByText('60件のうち60件の行き先が決まりました').waitFor({ timeout: 20_000 })
    assert.equal(await page.locator('#ledger-sent').getAttribute('open'), '')
    assert.equal(await page.evaluate('document.activeElement.parentElement.id'), 'ledger-sent')
    assert.equal(await page.inputValue('#deadline'), '2017-04-19T18:00:01', 'what is typed stays')
    await page.getByRole('status').getByText('100パーセント送りました。 送るものはありません').waitFor()
    await page.getByRole('button', { name: '自動更新を止める' }).waitFor({ state: 'hidden' })
    await check(page)
    assert.equal((await sending).code, 0)
  }))

test('without JavaScript it can be refreshed, and what nobody knows can be settled', () =>
  visit({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false }, async page => {
    await pool.query(`update notices set state = 'unknown', response = 'the connection broke' where id <= 2`)
    await pool.query(`update notices set state = 'planned', ended_at = null where id = 3`)
    await logIn(page)
    await page.getByRole('link', { name: '最新の状態にする' }).click()
    await page.getByText('the connection broke (2)').waitFor()
    await page.getByRole('checkbox', { name: 'm1@aoba-net.example' }).check()
    await page.getByRole('radio', { name: '届いた', exact: true }).check()
    await page.getByLabel('理由').fill('電話で確認')
    await page.getByRole('button', { name: '決定する' }).click()
    await page.getByText('the connection broke (1)').waitFor()
  }))

test('the page of what nobody knows has no barriers', () =>
  visit(phone, async page => {
    await logIn(page)
    await page.getByText('the connection broke (1)').waitFor()
    await check(page)
  }))
