import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { openOutage } from '../helpers/outage.ts'

const { base } = await openOutage()
const visit = visitIn(await openBrowser())

async function logIn(page: Page, submit = 'ログイン') {
  await page.goto(`${base}/business`)
  await page.fill('#login_id', 'Ａ００１２３４５')
  await page.fill('#password', 'right')
  await page.getByRole('button', { name: submit, exact: true }).click()
}

for (const [name, options] of Object.entries({
  'on a phone': phone,
  'on a desktop': { viewport: { width: 1280, height: 900 } },
  'in the dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  'without JavaScript': { ...phone, javaScriptEnabled: false }
} satisfies Record<string, BrowserContextOptions>))
  test(`from the login to all addresses, one address and the CSV, ${name}`, () =>
    visit(options, async page => {
      const inspect = () => ('javaScriptEnabled' in options ? undefined : check(page))
      await logIn(page)
      await page.getByText('3件のアドレスのうち1件で、メールが失われました').waitFor()
      await inspect()
      await page.getByRole('link', { name: 'すべてのアドレスを見る' }).click()
      await page.getByRole('heading', { name: 'すべてのアドレス' }).waitFor()
      await inspect()
      await page.getByLabel('アドレスの一部').fill('ＩＮＦＯ')
      await page.getByRole('button', { name: '絞り込む' }).click()
      await page.getByRole('link', { name: 'info@aoba-net.example' }).waitFor()
      assert.equal(await page.getByRole('link', { name: 'sales@aoba-net.example' }).count(), 0)
      assert.doesNotMatch(page.url(), /info/i)
      await inspect()
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: /CSV/ }).click()
      const file = readFileSync(await (await download).path(), 'utf8')
      assert.match(file, /^\uFEFFアドレス,.*\r\ninfo@aoba-net\.example,aoba-net\.example,.*\r\n$/)
      await page.getByRole('link', { name: 'info@aoba-net.example' }).click()
      await page.getByText('失われたメール：20通').waitFor()
      await inspect()
    }))

test('in English', () =>
  visit({ locale: 'en-GB' }, async page => {
    await logIn(page, 'Log in')
    await page.getByText('Mail to 1 of 3 addresses was lost').waitFor()
    await check(page)
  }))

test('with the keyboard alone a filter is set and the list follows', () =>
  visit({}, async page => {
    await logIn(page)
    await page.goto(`${base}/business/incidents/outage`)
    await page.getByLabel('結果').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'info@aoba-net.example' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'sales@aoba-net.example' }).count(), 0)
  }))
