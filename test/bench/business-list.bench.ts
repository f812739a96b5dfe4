import type pg from 'pg'
import { type ListedAddress, listAddresses, type Paging } from '../../src/businesses/list.ts'
import { type Listing, sorts, verdicts } from '../../src/businesses/places.ts'
import { findIncidents } from '../../src/businesses/queries.ts'
import { patternOf } from '../../src/businesses/search.ts'
import type { Database } from '../../src/database/tables.ts'
import { openContracts } from './contracts.ts'

const rounds = Number(process.env.ROUNDS ?? 3)

export const description =
  'the slowest page of a contract of a million addresses, over all filters, orders, places and searches, ' +
  'against a plain select of 50 rows by primary key; ADDRESSES for another size'

const searches: Record<string, Record<string, string>> = {
  1: {
    none: '',
    rare: 'tanaka.c81e7',
    common: 'saito',
    everywhere: 'aoba',
    clustered: 'yamada',
    letter: 'w',
    nothing: 'qqqxyz'
  },
  2: {
    none: '',
    rare: 'user0777777',
    common: '99',
    everywhere: 'user',
    clustered: 'user099',
    letter: 'u',
    nothing: 'qqqxyz'
  }
}

type Timed = { search: string; place: string; ms: number; what: string }

export async function run() {
  const { pool, db, close } = await openContracts()
  try {
    const reference = await timeReference(pool)
    const timed = [...(await timeContract(db, pool, '1')), ...(await timeContract(db, pool, '2'))]
    const table = [...Map.groupBy(timed, ({ search, place }) => `${search}, ${place}`).values()].map(summed)
    const ours = Math.max(...timed.map(({ ms }) => ms))
    return { table, result: { name: 'business-list', ours, reference, ratio: ours / reference, unit: 'ms' } }
  } finally {
    await close()
  }
}

async function timeReference(pool: pg.Pool): Promise<number> {
  const text = 'select * from addresses where account_id = 1 and id > $1 order by id limit 50'
  return (await timed(() => pool.query({ name: 'reference', text, values: [500_000] }))).ms
}

async function timeContract(db: Database, pool: pg.Pool, accountId: string): Promise<Timed[]> {
  const [incident] = await findIncidents(pool, accountId)
  if (!incident) throw new Error('There is no incident.')
  const pages: Timed[] = []
  for (const verdict of [undefined, ...verdicts])
    for (const domain of [undefined, 'aoba.example', 'akane.example'])
      for (const sort of sorts)
        for (const direction of ['asc', 'desc'] as const)
          for (const [search, q] of Object.entries(searches[accountId] ?? {})) {
            const listing = { accountId, incident, sort, direction, verdict, domain, text: patternOf(q) }
            const what = `A000000${accountId} ${verdict ?? 'all'} ${domain ?? 'all'} ${sort} ${direction}`
            for (const page of await timePages(db, listing)) pages.push({ search, what, ...page })
          }
  return pages
}

async function timePages(db: Database, listing: Listing): Promise<Omit<Timed, 'search' | 'what'>[]> {
  const time = (paging: Paging) => timed(() => listAddresses(db, listing, paging))
  const first = await time({ backwards: false })
  if (!first.result.next) return [{ place: 'first', ms: first.ms }]
  const last = await time({ backwards: true })
  const middle = placeBetween(first.result.addresses.at(-1), last.result.addresses[0])
  const places: [string, Paging][] = [
    ['second', { from: first.result.addresses.at(-1)?.place, backwards: false }],
    ['last but one', { from: last.result.addresses[0]?.place, backwards: true }],
    ['middle', { from: middle, backwards: false }]
  ]
  const others = []
  for (const [place, paging] of places) others.push({ place, ms: (await time(paging)).ms })
  return [{ place: 'first', ms: first.ms }, { place: 'last', ms: last.ms }, ...others]
}

/** A place about half-way through the alphabet, in the part where the list begins. */
function placeBetween(first: ListedAddress | undefined, last: ListedAddress | undefined) {
  if (!first || !last) return undefined
  const email = first.email.startsWith('user') ? 'user0500000' : 'kato.8'
  return first.place.part === last.place.part ? { ...first.place, email } : last.place
}

/** @returns the median of several runs, after one that is not counted */
async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  let result = await work()
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    result = await work()
    times.push(performance.now() - start)
  }
  return { ms: times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN, result }
}

function summed(pages: Timed[]) {
  const slowest = pages.reduce((one, other) => (one.ms > other.ms ? one : other))
  const over = pages.filter(({ ms }) => ms > 50).length
  return {
    ...{ search: slowest.search, page: slowest.place, combinations: pages.length },
    ...{ 'slowest, ms': Number(slowest.ms.toFixed(1)), 'over 50 ms': over, where: slowest.what }
  }
}
