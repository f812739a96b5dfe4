import { createHash } from 'node:crypto'
import session, { type FastifySessionOptions } from '@fastify/session'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { AccountKind, Language } from '../database/tables.ts'
import type { Portal } from './portal.ts'

/** The account that a request is signed in as, read anew for every request. */
export type SignedIn = { id: string; kind: AccountKind; loginId: string; name: string; language: Language }

declare module 'fastify' {
  interface Session {
    account?: SignedIn
  }
}

type Store = FastifySessionOptions['store'] & object

/**
 * Registers sessions for the pages of `app` only: a public page never touches the store.
 * The cookie lasts as long as the browser; the server ends a session after 30 minutes without a
 * request and after 12 hours in any case.
 */
export async function useSessions(app: FastifyInstance, { config, pool }: Portal) {
  await app.register(session, {
    secret: config.secret,
    cookieName: sessionCookie(config.https),
    cookie: { secure: config.https, httpOnly: true, sameSite: 'lax', path: '/' },
    saveUninitialized: false,
    rolling: false,
    store: storeOn(pool)
  })
}

export function sessionCookie(https: boolean): string {
  return https ? '__Host-session' : 'session'
}

/**
 * A session is a row that sign-in inserts and logout deletes. `set` writes nothing, so a slow request
 * that ends after a logout has nothing to bring back.
 */
function storeOn(pool: pg.Pool): Store {
  return {
    set: (_id, _session, done) => done(),
    get: (id, done) => {
      findSession(pool, id).then(account => done(null, account && ({ account, cookie: {} } as never)), done)
    },
    destroy: (id, done) => {
      pool.query('delete from sessions where id_hash = $1', [hashOf(id)]).then(() => done(), done)
    }
  }
}

async function findSession(pool: pg.Pool, id: string): Promise<SignedIn | undefined> {
  const { rows } = await pool.query({ name: 'session', text: sessionQuery, values: [hashOf(id)] })
  if (!rows[0]) return undefined
  const { seen_recently, ...account } = rows[0]
  if (!seen_recently) await pool.query({ name: 'seen', text: seenQuery, values: [hashOf(id)] })
  return account
}

const sessionQuery = `
  select a.id, a.kind, a.login_id as "loginId", a.name, a.language,
    s.last_seen_at > now() - interval '1 minute' as seen_recently
  from sessions s join accounts a on a.id = s.account_id
  where s.id_hash = $1 and a.disabled_at is null and s.password_version = a.password_version
    and s.last_seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'`

// No page waits until this is on the disk, which takes long behind a load's writes. All that a crash can take
// back is when a session was seen last.
const seenQuery = `
  update sessions set last_seen_at = now()
  where id_hash = $1 and set_config('synchronous_commit', 'off', true) is not null`

/** Stored so that a stolen table opens no session. */
export function hashOf(sessionId: string): Buffer {
  return createHash('sha256').update(sessionId).digest()
}
