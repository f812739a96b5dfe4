import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'

const businesses = 100
const windowStart = Date.parse('2017-04-13T20:06:00+09:00')
const windowLength = 139 * 60_000

/** The incident `outage` and the domain it concerns. */
export async function addIncident(client: pg.ClientBase) {
  await client.query(`insert into domains values ('aoba.example', 'provider')`)
  await client.query(`
    insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone)
    values ('outage', '', '', '2017-04-13T20:06+09:00', '2017-04-13T22:25+09:00', 'Asia/Tokyo')`)
  await client.query(`insert into incident_domains select id, 'aoba.example' from incidents`)
}

/** One address in ten belongs to one of a hundred businesses, the others to one individual each. */
export async function addAccounts(client: pg.ClientBase, addresses: number) {
  await client.query(
    `insert into accounts (login_id, kind, name, language)
     select 'A' || number, 'business', 'Company ' || number, 'ja' from generate_series(1, $2::int) as number
     union all
     select 'm' || number, 'individual', 'Member ' || number, 'ja' from generate_series(1, $1) as number`,
    [addresses, businesses]
  )
}

export async function addAddresses(client: pg.ClientBase, addresses: number) {
  await client.query(
    `insert into addresses (account_id, email, domain)
     select case when number % 10 = 0 then 1 + number / 10 % $2 else $2 + number end,
       'user' || number || '@aoba.example', 'aoba.example'
     from generate_series(0, $1 - 1) as number order by 1`,
    [addresses, businesses]
  )
}

/** The account of an address that is an individual's. */
export function accountOf(address: number): number {
  return businesses + address
}

/** `owned` addresses are the portal's, of which `affected` ones lost these messages. */
export type Loss = { owned: number; affected: number; messages: number }

/** Recipients come in no order; the first `affected` ones are all different, those after them come last. */
export function recipientOf(number: number, { owned }: Loss): number {
  // Coprime to the number of addresses, so that every one comes up.
  return (number * 1_000_003) % owned
}

/** Writes the first rows of the lost mail, in the order of time, as logs are. */
export async function writeLostMail(file: string, loss: Loss, rows = loss.messages) {
  await pipeline(Readable.from(portions(loss, rows)), createWriteStream(file))
}

function* portions(loss: Loss, rows: number) {
  let portion = 'recipient,received_at,sender,message_id,size,queue_id\n'
  for (let number = 0; number < rows; number++) {
    const recipient = recipientOf(number % loss.affected, loss)
    const time = new Date(windowStart + Math.floor((number / loss.messages) * windowLength)).toISOString()
    const sender = `sender${number % 5_000}@sender${number % 700}.example`
    portion += `user${recipient}@aoba.example,${time},${sender},<${number}.${recipient}@host.example>,${number % 90_000},4w${number}\n`
    if (portion.length < 1 << 16) continue
    yield portion
    portion = ''
  }
  yield portion
}

/** @throws Error when the newest version is not what the file tells */
export async function checkScope(pool: pg.Pool, addresses: number, messages: number) {
  const { rows } = await pool.query('select totals from scopes order by version desc limit 1')
  const { affected_addresses, lost_messages } = rows[0].totals
  if (affected_addresses !== addresses || lost_messages !== messages)
    throw new Error(`loaded ${affected_addresses} addresses and ${lost_messages} messages`)
}
