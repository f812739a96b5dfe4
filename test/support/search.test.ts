import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast, addPerson } from '../helpers/cast.ts'
import { openTestPortal, post } from '../helpers/portal.ts'
import { addStaff, signInStaff } from '../helpers/staff.ts'

const { app, db } = await openTestPortal()
const ids = await addCast(db)
await addStaff(db, 'agent', 'support')
const agent = await signInStaff(app, db, 'agent')
for (let number = 0; number < 25; number++)
  await addPerson(db, {
    login_id: `kato${String(number).padStart(2, '0')}`,
    kind: 'individual',
    name: `加藤 ${number}`,
    addresses: [`kato.${number}@aoba.example`]
  })

const search = (member: string) => post(app, '/support', { member }, agent)
const idsIn = (body: string) => [...body.matchAll(/href="\/support\/accounts\/(\d+)"/g)].map(([, id]) => id)

for (const [what, typed] of Object.entries({
  'the login ID': 'hanako',
  'the login ID in full width and upper case': 'ＨＡＮＡＫＯ',
  'its beginning': 'hana',
  'the address': 'hanako@aoba.example',
  'the address in full width': 'Ｈａｎａｋｏ＠ａｏｂａ．ｅｘａｍｐｌｅ',
  'a part of the address': 'nako@aob',
  'the name': '青葉花子',
  'the name with a full-width space': '青葉　花子',
  'the family name': '青葉'
}))
  test(`${what} finds the member`, async () => {
    const { statusCode, body } = await search(typed)
    assert.equal(statusCode, 200)
    assert.deepEqual(idsIn(body), [ids.hanako])
  })

test('businesses are found by the beginning of their ID, their name and any of their addresses', async () => {
  for (const typed of ['a0012345', 'Ａ００１２', 'a0', '株式会社', 'jinji@', 'akane.example'])
    assert.ok(idsIn((await search(typed)).body).includes(ids.A0012345), typed)
})

test('what is found is masked, whole matches stand first', async () => {
  const { body } = await search('taro@aoba.example')
  assert.match(body, />ta\*\*\*\*<\/a>/)
  assert.match(body, /山田 ＊＊/)
  assert.match(body, /t\*\*\*\*o@aoba\.example/)
  assert.match(body, /完全に一致/)
  const table = body.slice(body.indexOf('<tbody>'))
  assert.doesNotMatch(table, /太郎|taro@/)
  const kato = await search('kato02')
  assert.match(kato.body.slice(kato.body.indexOf('<tbody>')), /^[^]*?完全に一致/)
})

test('at most 20 members are shown, and more letters asked for', async () => {
  const { body } = await search('加藤')
  assert.equal(idsIn(body).length, 20)
  assert.match(body, /もう少し長く入力してください/)
  assert.doesNotMatch((await search('hanako')).body, /もう少し長く/)
})

test('one contract with many addresses does not hide that there may be others', async () => {
  const addresses = Array.from({ length: 25 }, (_, number) => `zz${number}@akane.example`)
  await addPerson(db, { login_id: 'A0077777', kind: 'business', name: '株式会社ずず', addresses })
  const { body } = await search('zz')
  assert.equal(idsIn(body).length, 1)
  assert.match(body, /もう少し長く入力してください/)
})

test('nobody, signs of patterns, and nothing at all', async () => {
  for (const typed of ['nobody-of-this-name', '100%', '___', 'a\\b', '%%%'])
    assert.match((await search(typed)).body, /見つかりませんでした/, typed)
  assert.equal((await search('   ')).statusCode, 400)
  assert.equal((await search('x'.repeat(101))).statusCode, 400)
})

test('a search is in the audit with how many were found, without what was typed', async () => {
  await search('hanako@aoba.example')
  const events = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('action', '=', 'members searched')
    .orderBy('id', 'desc')
    .execute()
  assert.deepEqual(events[0]?.details, { found: 1, more: false })
  assert.equal(events[0]?.actor, 'agent')
  assert.doesNotMatch(JSON.stringify(events), /hanako/)
})
