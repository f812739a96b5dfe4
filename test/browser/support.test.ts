import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { check, openBrowser, phone, visitIn } from '../helpers/browser.ts'
import { openOutage } from '../helpers/outage.ts'
import { addStaff, codeNow, staffPassword } from '../helpers/staff.ts'
import { codeIn } from '../helpers/support.ts'

const { base, db } = await openOutage()
await addStaff(db, 'agent', 'support')
await addStaff(db, 'boss', 'admin')
const browser = await openBrowser()
const visit = visitIn(browser)

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

beforeEach(async () => {
  await db
    .updateTable('look_ups')
    .set({ at: new Date(Date.now() - 31 * 60_000) })
    .execute()
})

async function enter(page: Page, staff: string) {
  await page.goto(`${base}/login/staff?return_to=/support`)
  await page.fill('#login_id', staff)
  await page.fill('#password', staffPassword)
  await page.fill('#code', await codeNow(db, staff))
  await press(page, 'ログイン')
  await page.getByRole('heading', { name: '会員の検索' }).waitFor()
}

async function enterAsHanako(page: Page) {
  await page.goto(`${base}/login/individual`)
  await page.fill('#login_id', 'hanako')
  await page.fill('#password', 'right')
  await press(page, 'ログイン')
  await page.getByRole('link', { name: /^サポートとのやりとり/ }).click()
  await page.getByRole('heading', { name: 'サポートとのやりとり' }).waitFor()
}

async function lookUp(page: Page) {
  await page.fill('#member', 'ｈａｎａｋｏ')
  await press(page, '検索')
  await check(page)
  await page.getByRole('link', { name: 'ha****' }).click()
  await page.getByRole('heading', { name: '会員情報を開く理由' }).waitFor()
  await check(page)
  await press(page, '会員情報を開く')
  await page.getByRole('alert').waitFor()
  await check(page)
  await page.selectOption('#reason', 'call')
  await page.fill('#ticket', 'T-100')
  await press(page, '会員情報を開く')
  await page.getByRole('heading', { name: '青葉 花子' }).waitFor()
}

for (const [name, options] of Object.entries({
  'on a phone': phone,
  'on a desktop': { viewport: { width: 1280, height: 900 } },
  'in the dark': { ...phone, colorScheme: 'dark' }
} satisfies Record<string, BrowserContextOptions>))
  test(`an agent is refused the rows, and sees them with the member’s code, ${name}`, () =>
    visit(options, async agent => {
      await enter(agent, 'agent')
      await check(agent)
      await lookUp(agent)
      assert.equal(await agent.getByText('shop.example').count(), 0)
      await check(agent)
      await agent.fill('#consent', '12')
      await press(agent, '同意番号を使う')
      await agent.getByRole('alert').waitFor()
      assert.equal(await agent.getByText('shop.example').count(), 0)
      await check(agent)
      await visit(options, async member => {
        await enterAsHanako(member)
        await check(member)
        await press(member, '同意番号を表示する')
        await member.getByRole('heading', { name: '同意番号' }).waitFor()
        await check(member)
        await agent.fill('#consent', codeIn(await member.content()))
        await press(agent, '同意番号を使う')
        await agent.getByText('s1@shop.example').first().waitFor()
        await check(agent)
        await member.getByRole('link', { name: '戻る' }).click()
        await member.getByText('サポート担当者').first().waitFor()
        await member.getByText('会員の同意により表示').first().waitFor()
        await check(member)
      })
    }))

test('an administrator approves what an agent asks for; a member disputes it', () =>
  visit(phone, async agent => {
    await enter(agent, 'agent')
    await lookUp(agent)
    await agent.getByText('会員の同意を得られないとき').click()
    await agent.fill('#why', '本人と連絡がとれず、急いで確認するため')
    await check(agent)
    await press(agent, '承認を求める')
    await agent.getByText('承認を求めています').waitFor()
    await visit(phone, async boss => {
      await enter(boss, 'boss')
      await boss.getByRole('link', { name: '閲覧の承認' }).click()
      await boss.getByText('急いで確認するため').waitFor()
      await check(boss)
      await boss.getByRole('button', { name: '承認する' }).click()
      await boss.getByText('承認を待っているものはありません').waitFor()
      await check(boss)
      await agent.reload()
      await agent.getByText('別のスタッフの承認により表示しています').waitFor()
      await visit(phone, async member => {
        await enterAsHanako(member)
        await member.getByRole('button', { name: '依頼していない' }).first().click()
        await member.getByText('お知らせを受け付けました').first().waitFor()
      })
      await boss.reload()
      await boss.getByRole('link', { name: 'ha****' }).first().waitFor()
      await check(boss)
    })
  }))

test('a member reports a message that did not arrive, without JavaScript too', async () => {
  await visit(phone, async page => {
    await report(page)
    await check(page)
  })
  await visit({ ...phone, javaScriptEnabled: false }, report)
})

async function report(page: Page) {
  await page.goto(`${base}/login/individual`)
  await page.fill('#login_id', 'taro')
  await page.fill('#password', 'right')
  await press(page, 'ログイン')
  await page.getByRole('link', { name: '届くはずのメールが届いていないときは' }).first().click()
  await page.fill('#expected_at', '2017-04-13T21:00')
  await press(page, '報告する')
  await page.getByRole('alert').waitFor()
  assert.equal(await page.inputValue('#expected_at'), '2017-04-13T21:00')
  await page.fill('#sender', 'お店')
  await press(page, '報告する')
  await page.getByText('お答えします').first().waitFor()
}
