import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepBounce } from '../../src/notices/bounces.ts'
import { beginSending, claimNotices } from '../../src/notices/claim.ts'
import { endSending, giveUpLost, releaseNotices } from '../../src/notices/ending.ts'
import { countLedger } from '../../src/notices/ledger.ts'
import { addCast } from '../helpers/cast.ts'
import { openTestDatabase } from '../helpers/database.ts'
import { addIncident, publishScope } from '../helpers/incident.ts'
import { mypage, mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, db, pool } = await openTestDatabase()
const file = temporaryFiles()
await addCast(db)
await pool.query(`update accounts set contact_email = login_id || '@elsewhere.example'`)
await addIncident(db, 'outage')
const lost = [
  ...['recipient', 'hanako@aoba.example', 'taro@aoba.example'],
  ...['info@aoba-net.example', 'keiri@aoba-net.example', '']
].join('\n')
await publishScope({ db, pool }, 'outage', file('one.csv', lost))
const notices = (...args: string[]) => mypageWith({}, url, 'notices', ...args)
await notices('plan', 'outage')
await pool.query('update notice_sendings set paused = false, rate = 1000')

const tally = async () =>
  (await pool.query('select state, count(*)::int as notices from notices group by 1 order by 1')).rows
    .map(({ state, notices }) => `${state} ${notices}`)
    .join(', ')
const worker = 'test'

/** As many as asked, taken by a worker. */
async function claim(limit: number) {
  await pool.query(`update notice_sendings set allowance = 1000, refilled_at = now()`)
  return (await claimNotices(db, { incidentId: '1', worker, limit })).claimed
}

test('what is not sent when another version is published is cancelled, and stands as not planned', async () => {
  const [sent, underWay, taken] = await claim(3)
  assert.ok(sent && underWay && taken)
  await beginSending(db, worker, [sent, underWay])
  await endSending(db, worker, [{ ...sent, outcome: 'accepted', response: 'OK' }])
  assert.equal(await tally(), 'accepted 1, claimed 1, planned 1, sending 1')

  const fewer = lost.replace('taro@aoba.example\n', '')
  const loaded = await mypage(url, 'scope', 'load', 'outage', file('two.csv', fewer))
  assert.equal(loaded.code, 0, loaded.stderr)
  const published = await mypage(url, 'scope', 'publish', 'outage', '2', '--yes')
  assert.equal(published.code, 0, published.stderr)
  assert.equal(await tally(), 'accepted 1, cancelled 1, claimed 1, sending 1')

  assert.deepEqual(await beginSending(db, worker, [taken]), new Set(), 'taken, and not begun')
  await endSending(db, worker, [{ ...underWay, outcome: 'deferred', response: '450 later' }])
  assert.equal(await tally(), 'accepted 1, cancelled 3', 'put off by the other side, and not tried again')
  const { total, counts } = await countLedger(db, '1', '2')
  assert.equal(counts.accepted + counts['not planned'], total)
  assert.equal(counts.cancelled, 0)

  const { rows } = await pool.query(`select token from notices where state = 'accepted'`)
  assert.equal(await keepBounce(db, { token: rows[0].token, hard: true, said: '5.1.1' }), 'bounced')
  assert.equal(await tally(), 'bounced 1, cancelled 3', 'no other mailbox is told what no longer holds')
})

test('what a worker gives back or leaves behind is cancelled too', async () => {
  assert.match((await notices('plan', 'outage')).stdout, /for scope version 2\./)
  const before = await tally()
  const left = await claim(1)
  assert.equal(left.length, 1)
  await releaseNotices(db, worker)
  assert.equal(await tally(), before, 'it holds: it is planned as before')
  const [first] = await claim(1)
  const [second] = await claim(1)
  assert.ok(first && second)
  await pool.query(
    `update notices set claimed_by = 'other', claimed_at = now() - interval '1 hour' where id = $1`,
    [second.id]
  )
  await mypage(url, 'scope', 'withdraw', 'outage', '2', '--yes')
  await releaseNotices(db, worker)
  await giveUpLost(db, 300)
  const { rows } = await pool.query(
    `select count(*)::int as open from notices where state in ('planned', 'claimed', 'sending')`
  )
  assert.equal(rows[0].open, 0)
  assert.match((await notices('plan', 'outage')).stdout, /for scope version 1\./)
})
