import { addAddresses } from './cast.ts'
import type { TestDatabase } from './database.ts'
import { addIncident, publishScope } from './incident.ts'
import { mypage, temporaryFiles } from './terminal.ts'

export type Member = {
  email: string
  domain: string
  /** Minutes of the window at which mail to it was lost. */
  lost: number[]
  doubted: boolean
}

const domains = ['aoba.example', 'aoba-net.example', 'akane.example']

/**
 * 1,400 addresses, every third on a virtual domain. The lost-mail file names those from 100 to 1299, which
 * is long enough for lists to jump over, and then every seventh; on the virtual domain that is but a doubt.
 */
export const members: Member[] = Array.from({ length: 1_400 }, (_, number) => {
  const domain = domains[number % 3] ?? ''
  const named = (number >= 100 && number < 1_300) || (number >= 1_300 && number % 7 === 0)
  const virtual = domain === 'akane.example'
  const count = (number % 4) + 1
  const lost = named && !virtual ? Array.from({ length: count }, (_, at) => (number + at * 17) % 139) : []
  const name = `${number % 2 ? 'sato' : '50%_'}${String(number).padStart(4, '0')}`
  return { email: `${name}@${domain}`, domain, lost, doubted: named && virtual }
})

/** Gives an account these addresses, and four incidents: `covered`, `gapped`, `uncounted` and `unscoped`. */
export async function addContract({ db, pool, url }: TestDatabase, accountId: string) {
  const file = temporaryFiles()
  await addAddresses(
    db,
    accountId,
    members.map(({ email }) => email)
  )
  const named = members.filter(({ lost, doubted }) => lost.length > 0 || doubted)
  const times = named.flatMap(({ email, lost }) =>
    (lost.length > 0 ? lost : [5]).map(at => `${email},${timeOf(at)}`)
  )
  const timed = file('timed.csv', ['recipient,received_at', ...times, ''].join('\n'))
  const bare = file('bare.csv', ['recipient', ...named.map(({ email }) => email), ''].join('\n'))
  for (const slug of ['covered', 'gapped', 'uncounted', 'unscoped']) await addIncident(db, slug)
  await publishScope({ db, pool }, 'covered', timed)
  await publishScope({ db, pool }, 'gapped', timed, [{ from: '20:06:00', to: '20:10:00' }])
  await publishScope({ db, pool }, 'uncounted', bare)
  await mypage(url, 'incident', 'publish', 'unscoped')
}

function timeOf(minute: number): string {
  return new Date(Date.UTC(2017, 3, 13, 11, 6 + minute)).toISOString()
}
