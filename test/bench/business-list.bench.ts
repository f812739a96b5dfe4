import { readFileSync } from 'node:fs'
import type pg from 'pg'
import {
  type AddressPage,
  findAddressOfBusiness,
  listAddresses,
  type Paging,
  type Turn
} from '../../src/businesses/list.ts'
import { type Listing, type Place, sorts, verdicts } from '../../src/businesses/places.ts'
import { findIncidents } from '../../src/businesses/queries.ts'
import { patternOf } from '../../src/businesses/search.ts'
import type { Database } from '../../src/database/tables.ts'
import { openContracts } from './contracts.ts'

const rounds = Number(process.env.ROUNDS ?? 3)
/** Milliseconds; a page that seems to take longer is tried further times. */
const goal = 50
const further = 8

export const description =
  'the slowest page of a contract of a million addresses, over all filters, orders, places and searches, by ' +
  'core time of the database, which other work on the machine does not blur, and by the clock; against a plain ' +
  'select of 50 rows by primary key; each page is the median of 3 tries (ROUNDS), of 11 where that is over ' +
  '50 ms; ADDRESSES for another size'

const searches: Record<string, Record<string, string>> = {
  1: {
    none: '',
    rare: 'tanaka.c81e7',
    pasted: 'tanaka.c81e7@aoba-mail.example',
    digits: '1234',
    common: 'saito',
    everywhere: 'aoba',
    clustered: 'yamada',
    letter: 'w',
    nothing: 'qqqxyz'
  },
  2: {
    none: '',
    rare: 'user0777777',
    pasted: 'user0777777@aoba-net.example',
    digits: '1234',
    common: '99',
    everywhere: 'user',
    clustered: 'user099',
    letter: 'u',
    nothing: 'qqqxyz'
  }
}

/** In milliseconds: core time of the database, and by the clock, with the way there and back. */
type Times = { core: number; clock: number }
type Page = Times & { place: string; stopped: boolean }
type Timed = Page & { search: string; what: string }
type Timer = <T>(work: () => Promise<T>) => Promise<Times & { result: T }>

export async function run() {
  const { pool, db, close } = await openContracts()
  try {
    const timed = await timerOn(pool)
    const text = 'select * from addresses where account_id = 1 and id > $1 order by id limit 50'
    const plain = await timed(() => pool.query({ name: 'reference', text, values: [500_000] }))
    const pages: Timed[] = []
    for (const accountId of ['1', '2']) pages.push(...(await timeContract(db, { pool, timed, accountId })))
    const table = [...Map.groupBy(pages, ({ search, place }) => `${search}, ${place}`).values()].map(summed)
    const [ours, reference] = [Math.max(...pages.map(({ core }) => core)), plain.core]
    const unit = 'ms of core time of the database'
    return { table, result: { name: 'business-list', ours, reference, ratio: ours / reference, unit } }
  } finally {
    await close()
  }
}

/** Times work by the median of several tries, after one that is not counted. */
async function timerOn(pool: pg.Pool): Promise<Timer> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`
  )
  return async work => {
    let result = await work()
    const tries: Times[] = []
    const middle = (which: keyof Times) =>
      tries.map(times => times[which]).toSorted((one, other) => one - other)[Math.floor(tries.length / 2)] ??
      NaN
    while (tries.length < rounds || (tries.length < rounds + further && middle('core') > goal)) {
      const [start, used] = [performance.now(), coreTimeOf(rows)]
      result = await work()
      const clock = performance.now() - start
      tries.push({ clock, core: used === undefined ? clock : Number(coreTimeOf(rows)) - used })
    }
    return { core: middle('core'), clock: middle('clock'), result }
  }
}

/** Milliseconds of all these processes so far, where the system tells (Linux). */
function coreTimeOf(processes: { pid: number }[]): number | undefined {
  try {
    const told = processes.map(({ pid }) => readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0])
    return told.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6
  } catch {
    return undefined
  }
}

type Contract = { pool: pg.Pool; timed: Timer; accountId: string }

async function timeContract(db: Database, { pool, timed, accountId }: Contract): Promise<Timed[]> {
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
            for (const page of await timePages(db, listing, timed)) pages.push({ search, what, ...page })
          }
  return pages
}

async function timePages(db: Database, listing: Listing, timed: Timer): Promise<Page[]> {
  const pages: Page[] = []
  const first = await time('first', { backwards: false })
  if (!first.next) return pages
  const last = await time('last', { backwards: true })
  const [second, lastButOne] = [await placeOf(first.next), await placeOf(last.previous)]
  const middle = second.part === lastButOne.part ? { ...second, email: halfWay(second.email) } : lastButOne
  await time('middle', { from: middle, backwards: false })
  await time('last but one', { from: lastButOne, backwards: true })
  let page = await time('second', { from: second, backwards: false })
  for (let times = 0; page.stopped && times < 3; times++)
    page = await time('searched on', { from: await placeOf(page.next), backwards: false })
  return pages

  async function time(place: string, paging: Paging): Promise<AddressPage> {
    const { result, ...times } = await timed(() => listAddresses(db, listing, paging))
    pages.push({ place, ...times, stopped: result.stopped !== null })
    return result
  }

  async function placeOf(turn: Turn | null): Promise<Place> {
    const address = await findAddressOfBusiness(db, listing, turn?.after ?? turn?.before ?? '')
    if (!address) throw new Error('A link leads nowhere.')
    return { ...address.place, part: turn?.part ?? address.place.part }
  }
}

/** About half-way through the alphabet. */
function halfWay(email: string): string {
  return email.startsWith('user') ? 'user0500000' : 'kato.8'
}

function summed(pages: Timed[]) {
  const slowest = pages.reduce((one, other) => (one.core > other.core ? one : other))
  const over = pages.filter(({ core }) => core > goal).length
  const stopped = pages.filter(page => page.stopped).length
  return {
    ...{ search: slowest.search, page: slowest.place, combinations: pages.length, 'half-way': stopped },
    ...{
      'slowest, core ms': Number(slowest.core.toFixed(1)),
      'its clock, ms': Number(slowest.clock.toFixed(1))
    },
    ...{ [`over ${goal} ms`]: over, where: slowest.what }
  }
}
