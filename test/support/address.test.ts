import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOutage } from '../helpers/outage.ts'
import { post } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db } = await openOutage()
await addStaff(db, 'agent', 'support')
const cookie = await signInStaff(app, db, 'agent')
const { id } = await db
  .selectFrom('accounts')
  .select('id')
  .where('login_id', '=', 'A0012345')
  .executeTakeFirstOrThrow()
const account = `/support/accounts/${id}`
await post(app, account, { reason: 'call', ticket: 'T-1' }, cookie)

async function ask(address: string) {
  const { statusCode, body } = await post(app, `${account}/address`, { address }, cookie)
  const answer = /<p class="notice" role="status"><strong>[^]*?<\/p>/.exec(body)?.[0] ?? ''
  return { statusCode, body, answer: answer.replace(/<svg[^]*?<\/svg>|<[^>]+>|\n/g, '') }
}

test('an agent tells a business the verdict of the address they call about, affected or not', async () => {
  // Every third of sixty messages of the outage: at 20:06, 20:09 and so on.
  assert.match((await ask('ＩＮＦＯ@aoba-net.example')).answer, /info@aoba-net\.example: .*20通/)
  assert.match((await ask('sales@aoba-net.example')).answer, /sales@aoba-net\.example: 影響なし/)
})

test('neither times nor senders are told, nor addresses of others', async () => {
  const { body } = await ask('info@aoba-net.example')
  // But for the time of day until which this page may be looked at, which may be that very minute.
  const told = body.replace(/<p class="notice">[^<]*<\/p>/, '')
  assert.notEqual(told, body)
  assert.doesNotMatch(told, /shop\.example|20:09/)
  const other = await ask('info@midori.example')
  assert.match(other.answer, /この契約にそのアドレスはありません/)
  assert.equal((await ask('no address')).statusCode, 400)
})
