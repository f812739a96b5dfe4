import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { canonicalEmail, canonicalLoginId } from '../accounts/canonical.ts'
import type { AccountKind, Database } from '../database/tables.ts'

type FoundMember = {
  id: string
  kind: AccountKind
  login_id: string
  name: string
  disabled_at: Date | null
  /** The address that was found, or the account's first one. */
  email: string | null
  /** Whether the whole ID, address or name is what was typed. */
  exact: boolean
}

/** `more` is whether there may be others; what is typed has to be longer then. */
export type Search = { members: FoundMember[]; more: boolean }

const mostFound = 20

/** Letters from which on the middle of an address is searched: an index knows no shorter parts. */
const shortestPart = 3
/** Milliseconds for the middles of addresses: what is everywhere takes long, and helps nobody. */
const longestLook = 50
/** Milliseconds for a glance at the table itself, where what is everywhere is met at once. */
const glance = 15
/** Addresses of a part that are looked at; many may be of one account. */
const looked = 100

/**
 * Members by login ID, address or name: first what is typed in full, then what begins with it, then addresses that
 * have it anywhere. Width, case and spaces do not matter.
 */
export async function searchMembers(db: Database, typed: string): Promise<Search> {
  const asked = canonicalSearch(typed)
  const begun = await findBeginning(db, asked)
  const known = new Set(begun.map(({ id }) => id))
  const isAddress = begun.some(({ exact, email }) => exact && email !== null)
  const enough = isAddress || known.size > mostFound || asked.part === undefined
  const within = enough ? { hits: [], cut: false } : await findWithin(db, asked.part ?? '')
  const hits = [...begun, ...within.hits.filter(({ id }) => !known.has(id))]
  const first = [...Map.groupBy(hits, ({ id }) => id).values()].flatMap(([hit]) => (hit ? [hit] : []))
  const members = await describe(db, first.slice(0, mostFound))
  const more = first.length > mostFound || within.cut || begun.some(({ full }) => full)
  return { members, more }
}

type Asked = { text: string; ids: string[]; email: string; part: string | undefined }
type Hit = { id: string; email: string | null; exact: boolean }

function canonicalSearch(typed: string): Asked {
  const text = typed.normalize('NFKC').trim()
  const id = canonicalLoginId(text)
  const part = text.toLowerCase().replace(/\s/g, '')
  return {
    text,
    // The beginning of an Administration ID need not look like one yet.
    ids: [...new Set([id, ...(/^a\d*$/.test(id) ? [id.toUpperCase()] : [])])],
    email: canonicalEmail(text) ?? part,
    part: /^[!-~]+$/.test(part) && part.length >= shortestPart ? part : undefined
  }
}

/** Each branch is one short range of a b-tree; one that is `full` may have more, also of other accounts. */
async function findBeginning(
  db: Database,
  { text, ids, email }: Asked
): Promise<(Hit & { full: boolean })[]> {
  const [names, name] = [sql`canonical_name(name) collate "C"`, sql`canonical_name(${text})`]
  const branches = [
    ...ids.map(id => branch(sql`select id, null::text as email from accounts where login_id = ${id}`, 1)),
    branch(sql`select account_id, email from addresses where email = ${email}`, 1),
    branch(sql`select id, null from accounts where ${names} = ${name}`, 1),
    ...ids.map(id =>
      branch(
        sql`select id, null from accounts where ${begins(sql`login_id`, sql`${id}`)} order by login_id`,
        2
      )
    ),
    branch(
      sql`select account_id, email from addresses where ${begins(sql`email`, sql`${email}`)} order by email`,
      2
    ),
    branch(sql`select id, null from accounts where ${begins(names, name)} order by ${names}`, 2)
  ]
  const { rows } = await sql<Hit & { full: boolean }>`
    select id, email, rank = 1 as exact, "full" from (${sql.join(branches, sql` union all `)}) as found
    order by rank`.execute(db)
  return rows
}

function branch(select: RawBuilder<unknown>, rank: number): RawBuilder<unknown> {
  // Constants of ours, written out: the planner decides by them.
  const most = sql.lit(mostFound)
  return sql`(select *, ${sql.lit(rank)} as rank, count(*) over () > ${most} as "full"
    from (${select} limit ${most} + 1) as one)`
}

/** In collation "C" the last character of Unicode stands behind all others. */
function begins(column: RawBuilder<unknown>, text: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql`${column} > ${text} and ${column} < ${text} || ${'\u{10FFFF}'}::text`
}

/**
 * `cut` is whether there were too many to look at them all: then those that are met soon, in any order. What stands
 * behind an "@" is not asked of the index: millions of addresses have it.
 */
async function findWithin(db: Database, part: string): Promise<{ hits: Hit[]; cut: boolean }> {
  const at = part.indexOf('@')
  const local = at >= shortestPart ? part.slice(0, at + 1) : part
  const rest = local === part ? sql`` : sql`and email || '' like ${patternOf(part)}`
  const select = sql<Hit>`select account_id as id, email, false as exact from addresses
    where email like ${patternOf(local)} ${rest} limit ${looked}`
  const found = await lookFor(db, select, { limit: longestLook, byIndex: true })
  if (found) return { hits: found, cut: found.length === looked }
  return { hits: (await lookFor(db, select, { limit: glance, byIndex: false })) ?? [], cut: true }
}

function patternOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** @returns undefined where it took longer than these milliseconds */
async function lookFor(
  db: Database,
  select: RawBuilder<Hit>,
  { limit, byIndex }: { limit: number; byIndex: boolean }
): Promise<Hit[] | undefined> {
  try {
    return await db.transaction().execute(async tx => {
      await sql`set local statement_timeout = ${sql.lit(limit)}`.execute(tx)
      await sql`set local max_parallel_workers_per_gather = 0`.execute(tx)
      if (!byIndex) await sql`set local enable_bitmapscan = off`.execute(tx)
      return (await select.execute(tx)).rows
    })
  } catch (error) {
    if (isTimeout(error)) return undefined
    throw error
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014'
}

async function describe(db: Database, hits: Hit[]): Promise<FoundMember[]> {
  if (hits.length === 0) return []
  const rows = await db
    .selectFrom('accounts')
    .select(['id', 'kind', 'login_id', 'name', 'disabled_at', firstEmail])
    .where(
      'id',
      'in',
      hits.map(({ id }) => id)
    )
    .execute()
  const members = new Map(rows.map(row => [row.id, row]))
  return hits.flatMap(({ id, email, exact }) => {
    const member = members.get(id)
    return member ? [{ ...member, email: email ?? member.email, exact }] : []
  })
}

/** For who is told apart by an address. */
export const firstEmail = sql<string | null>`(
  select email from addresses where account_id = accounts.id order by id limit 1
)`.as('email')
