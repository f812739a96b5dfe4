import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'

type Limit = { free: number; ceiling: number; firstDelay: number; longestDelay: number; memory: number }
const minutes = 60
const hours = 60 * minutes

// From the 5th failure in a row 30 s, then doubled up to 15 minutes; after 100 no more until the count
// expires (NIST SP 800-63B-4, 3.2.2). Times in seconds.
const ofAccount: Limit = {
  free: 5,
  ceiling: 100,
  firstDelay: 30,
  longestDelay: 15 * minutes,
  memory: 24 * hours
}
// More than one process has logins in its queue, so that a rush is no attack.
const ofNetwork: Limit = { free: 600, ceiling: 600, firstDelay: 0, longestDelay: 0, memory: 10 * minutes }
const ofNetworkUnderAttack: Limit = { ...ofNetwork, free: 10, ceiling: 10 }
// Of one of the staff from all networks together, each of which is stopped after five.
const ofStaff: Limit = { free: 50, ceiling: 50, firstDelay: 0, longestDelay: 0, memory: hours }
const ofAll: Limit = { free: 3_000, ceiling: 3_000, firstDelay: 0, longestDelay: 0, memory: 10 * minutes }

/** Members and staff are counted apart: an ID of the ones may be one of the others. */
export type Attempt = {
  realm: 'account' | 'staff' | 'staff code' | 'staff enrolment'
  loginId: string
  ip: string
}

/**
 * Counts an attempt as a failure before its password is looked at, so that a thousand guesses at once
 * are a thousand failures; `forgive` takes it back after a success. The counts are rows that all
 * processes share: by login ID, known or not, by client network, and over all. When failures over all
 * show an attack, a network is allowed fewer. What a closed network goes on to try counts for nobody else.
 * @returns whether the password may be looked at
 */
export async function admit(db: Database, attempt: Attempt): Promise<boolean> {
  const limit = (await isBlocked(db, 'all')) ? ofNetworkUnderAttack : ofNetwork
  if (!(await count(db, networkKey(attempt), limit))) return false
  await count(db, 'all', ofAll)
  if (!(await count(db, keyOf(attempt), ofAccount))) return false
  return attempt.realm === 'account' || count(db, accountKey(attempt), ofStaff)
}

async function isBlocked(db: Database, key: string): Promise<boolean> {
  const found = await sql`select from sign_in_throttle where key = ${key} and blocked_until > now()`.execute(
    db
  )
  return found.rows.length > 0
}

/** Takes back what `admit` counted: the account starts anew, the others count one failure less. */
export async function forgive(db: Database, attempt: Attempt) {
  await sql`delete from sign_in_throttle where key = ${keyOf(attempt)}`.execute(db)
  await uncount(db, [networkKey(attempt), 'all', ...wideKeys(attempt)])
}

/** Takes back what `admit` counted for a password that nobody has looked at. */
export async function withdraw(db: Database, attempt: Attempt) {
  await uncount(db, [keyOf(attempt), networkKey(attempt), 'all', ...wideKeys(attempt)])
}

/** What is counted of a member who fails to log in; undefined when there is nothing. */
export function findThrottle(db: Database, loginId: string) {
  return db
    .selectFrom('sign_in_throttle')
    .select(['failures', sql<Date | null>`nullif(blocked_until, '-infinity')`.as('blocked_until')])
    .where('key', '=', accountKey({ realm: 'account', loginId }))
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

/** Lets a member try anew at once. @returns whether anything was counted */
export async function liftThrottle(db: Database, loginId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sign_in_throttle')
    .where('key', '=', accountKey({ realm: 'account', loginId }))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/**
 * One row at a time: two statements that lock several rows may wait for each other. A block ends with it,
 * which attempts at the same moment may have raised; that of all is a sign of an attack and stays.
 */
async function uncount(db: Database, keys: string[]) {
  for (const key of keys)
    await sql`update sign_in_throttle set failures = greatest(failures - 1, 0),
      blocked_until = case when key = 'all' then blocked_until else '-infinity' end
      where key = ${key}`.execute(db)
}

// What is not blocked has a time that is past for everybody: now() is another one in each transaction,
// and of two at once the earlier would take the later's for a block.
async function count(db: Database, key: string, limit: Limit): Promise<boolean> {
  const failures = sql`case when t.expires_at <= now() then 1 else t.failures + 1 end`
  const { rows } = await sql`
    insert into sign_in_throttle as t (key, failures, blocked_until, expires_at)
    values (${key}, 1, '-infinity', now() + make_interval(secs => ${limit.memory}))
    on conflict (key) do update set
      failures = ${failures},
      blocked_until = case
        when ${failures} >= ${limit.ceiling} then now() + make_interval(secs => ${limit.memory})
        when ${failures} >= ${limit.free} then now() + make_interval(secs =>
          least(${limit.firstDelay} * 2.0 ^ (${failures} - ${limit.free}), ${limit.longestDelay}))
        else '-infinity' end,
      expires_at = case
        when t.expires_at <= now() or ${failures} >= ${limit.free}
        then now() + make_interval(secs => ${limit.memory}) else t.expires_at end
    where t.blocked_until <= now() or t.expires_at <= now()
    returning 1`.execute(db)
  return rows.length > 0
}

/** Staff are counted by their network too: a stranger elsewhere must not keep them from their work. */
function keyOf(attempt: Attempt): string {
  return attempt.realm === 'account' ? accountKey(attempt) : `${accountKey(attempt)} ${networkKey(attempt)}`
}

function wideKeys(attempt: Attempt): string[] {
  return attempt.realm === 'account' ? [] : [accountKey(attempt)]
}

function accountKey({ realm, loginId }: Pick<Attempt, 'realm' | 'loginId'>): string {
  // Hashed: people type their password into the wrong field.
  return `${realm} ${createHash('sha256').update(loginId).digest('base64url')}`
}

/** An IPv4 address, or the /64 of an IPv6 one, which is what one customer has. */
export function networkKey({ ip }: { ip: string }): string {
  if (!isIPv6(ip)) return `network ${ip}`
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped) return `network ${mapped[1]}`
  return `network ${expand(ip).slice(0, 4).join(':')}::/64`
}

function expand(ip: string): string[] {
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const before = head ? head.split(':') : []
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array(zeros).fill('0'), ...after].map(part => Number.parseInt(part, 16).toString(16))
}
