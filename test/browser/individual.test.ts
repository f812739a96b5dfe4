import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { openOutage } from '../helpers/outage.ts'

const { base } = await openOutage()
const browser = await openBrowser()
const visit = visitIn(browser)

async function logIn(page: Page, submit = 'ログイン') {
  await page.fill('#login_id', 'ｈａｎａｋｏ')
  await page.fill('#password', 'right')
  await page.getByRole('button', { name: submit, exact: true }).click()
}

for (const [name, options] of Object.entries({
  'on a phone': phone,
  'on a desktop': { viewport: { width: 1280, height: 900 } },
  'in the dark': { ...phone, colorScheme: 'dark' }
} satisfies Record<string, BrowserContextOptions>)) {
  test(`from the news to the verdict and the lost messages, ${name}`, () =>
    visit(options, async page => {
      await page.goto(base)
      await check(page)
      await page.getByRole('link', { name: 'メール障害について' }).click()
      await check(page)
      await page.getByRole('link', { name: '個人会員ログイン' }).click()
      await check(page)
      await logIn(page)
      await page.getByRole('heading', { name: 'メールの確認結果' }).waitFor()
      await page.getByText('このアドレスあてのメールが失われました').waitFor()
      await check(page)
      await page.getByRole('link', { name: '失われたメールを見る' }).click()
      await page.getByText('失われたメール：40通').waitFor()
      await check(page)
      await page.getByRole('link', { name: '差出人順' }).click()
      await check(page)
      await page.getByRole('button', { name: '済みにする' }).first().click()
      await page.getByText('✓ 済み').first().waitFor()
      await page.getByRole('link', { name: '再送を頼む' }).first().click()
      await check(page)
      await page.getByRole('button', { name: 'ログアウト' }).click()
      await page.getByRole('heading', { name: 'ログアウトしました' }).waitFor()
      await check(page)
    }))
}

test('in English, chosen by the switch, all the way', () =>
  visit(phone, async page => {
    await page.goto(`${base}/login/individual`)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Log in as an individual member' }).waitFor()
    await check(page)
    await logIn(page, 'Log in')
    await page.getByText('Mail to this address was lost').waitFor()
    await check(page)
    await page.getByRole('link', { name: 'See the lost messages' }).click()
    await page.getByText('40 messages were lost').waitFor()
    await check(page)
  }))

test('without JavaScript everything can be read and done', () =>
  visit({ ...phone, javaScriptEnabled: false }, async page => {
    await page.goto(`${base}/mypage`)
    await logIn(page)
    await page.getByRole('link', { name: '失われたメールを見る' }).click()
    await page.getByRole('button', { name: '済みにする' }).nth(1).click()
    await page.getByRole('button', { name: '元に戻す' }).first().waitFor()
    assert.equal(await page.getByRole('button', { name: '印刷する' }).isVisible(), false)
    await page.getByRole('button', { name: 'ログアウト' }).click()
    await page.getByRole('heading', { name: 'ログアウトしました' }).waitFor()
  }))

test('with the keyboard alone: skip link, login, errors in focus, verdict', () =>
  visit({}, async page => {
    await page.goto(`${base}/login/individual`)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), '本文へ進む')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('hanako')
    await page.keyboard.press('Tab')
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.match(await page.evaluate('document.activeElement.textContent'), /IDまたはパスワードが違います/)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'login_id')
    await page.keyboard.press('Tab')
    await page.keyboard.type('right')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'メールの確認結果' }).waitFor()
  }))

test('the text for the sender is copied', () =>
  visit({ permissions: ['clipboard-read', 'clipboard-write'] }, async page => {
    await page.goto(`${base}/login/individual`)
    await logIn(page)
    await page.getByRole('link', { name: '失われたメールを見る' }).click()
    await page.getByRole('link', { name: '再送を頼む' }).first().click()
    await page.getByRole('button', { name: '文をコピーする' }).first().click()
    await page.getByRole('button', { name: 'コピーしました' }).waitFor()
    assert.match(await page.evaluate('navigator.clipboard.readText()'), /^お世話になっております。/)
  }))
