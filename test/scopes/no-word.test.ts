import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCast } from '../helpers/cast.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { openTestPortal, setPassword, signIn } from '../helpers/portal.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { app, db, pool, url } = await openTestPortal()
await addCast(db)
for (const id of ['hanako', 'taro']) await setPassword(db, id, 'right')
await addIncident(db, 'outage')
const file = temporaryFiles()
const header = 'recipient,received_at,sender,message_id,size,queue_id,evidence,class'
const row = (address: string, name: string) =>
  `${address}@aoba.example,2017-04-13T21:00:00+09:00,a@x.example,,,,,${name}`

test('an address of whose mail there is no word is neither affected nor not affected', async () => {
  const lost = file('lost.csv', `${[header, row('hanako', 'lost'), row('taro', 'unknown'), ''].join('\n')}`)
  const loaded = await mypage(url, 'scope', 'load', 'outage', lost)
  assert.equal(loaded.code, 0, loaded.stderr)
  assert.match(loaded.stdout, /affected addresses: 1\n/)
  assert.match(loaded.stdout, /apart, no word of what became of it: 1\n/)
  await publishScope({ db, pool }, 'outage', lost)
  const page = async (who: string) => {
    const cookie = await signIn(app, 'individual', who, 'right')
    return (await app.inject({ url: '/mypage', headers: { cookie, 'accept-language': 'en' } })).body
  }
  assert.match(await page('hanako'), /<article class="card affected">/)
  assert.match(await page('taro'), /<article class="card undetermined">\s*<h3[^>]*>taro@aoba\.example/)
})

test('the recipients without a word are listed with the reason', async () => {
  const { stdout } = await mypage(url, 'scope', 'unmatched', 'outage')
  assert.match(stdout, /no word in the logs of what became of it; its owner reads "being checked": 1\n/)
})

test('any other class is a mistake', async () => {
  const { code, stderr } = await mypage(
    url,
    'scope',
    'load',
    'outage',
    file('x.csv', `${header}\n${row('taro', 'told')}\n`)
  )
  assert.equal(code, 1)
  assert.match(stderr, /"told" is no class: it is lost or unknown/)
})
