import { createHash } from 'node:crypto'
import session, { type FastifySessionOptions } from '@fastify/session'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import type { AccountKind, Language, Role } from '../database/tables.ts'
import type { Portal } from './portal.ts'

/** The account that a request is signed in as, read anew for every request. */
export type SignedIn = { id: string; kind: AccountKind; loginId: string; name: string; language: Language }

/** The same of staff. `confirmed` is whether the second factor was given within the last 5 minutes. */
export type SignedInStaff = {
  id: string
  loginId: string
  name: string
  role: Role
  confirmed: boolean
  /** How the second factor is given: a one-time code, or at the company's own login. */
  confirmsBy: 'code' | 'company'
}

declare module 'fastify' {
  interface Session {
    account?: SignedIn
    staff?: SignedInStaff
  }
}

type Store = FastifySessionOptions['store'] & object

/** Whose sessions: of members and of staff, in tables and cookies of their own. */
export type Realm = 'account' | 'staff'

const statements = {
  account: {
    find: {
      name: 'session',
      text: `select a.id, a.kind, a.login_id as "loginId", a.name, a.language,
          s.last_seen_at > now() - interval '1 minute' as seen_recently
        from sessions s join accounts a on a.id = s.account_id
        where s.id_hash = $1 and a.disabled_at is null and s.password_version = a.password_version
          and s.last_seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'`
    },
    seen: { name: 'seen', text: seenIn('sessions') },
    destroy: 'delete from sessions where id_hash = $1'
  },
  staff: {
    find: {
      name: 'staff session',
      text: `select f.id, f.login_id as "loginId", f.name, f.role,
          s.confirmed_at > now() - interval '5 minutes' as confirmed,
          case when f.subject is null then 'code' else 'company' end as "confirmsBy",
          s.last_seen_at > now() - interval '1 minute' as seen_recently
        from staff_sessions s join staff f on f.id = s.staff_id
        where s.id_hash = $1 and f.disabled_at is null and s.version = f.version
          and s.last_seen_at > now() - interval '15 minutes' and s.created_at > now() - interval '8 hours'`
    },
    seen: { name: 'staff seen', text: seenIn('staff_sessions') },
    destroy: 'delete from staff_sessions where id_hash = $1'
  }
}

// No page waits until this is on the disk, which takes long behind a load's writes. All that a crash can take
// back is when a session was seen last.
function seenIn(table: string): string {
  return `update ${table} set last_seen_at = now()
    where id_hash = $1 and set_config('synchronous_commit', 'off', true) is not null`
}

/**
 * Registers sessions for the pages of `app` only: a public page never touches the store.
 * The cookie lasts as long as the browser; the server ends a member's session after 30 minutes without a
 * request and after 12 hours in any case, that of staff after 15 minutes and 8 hours.
 * @param quiet for what a page asks for by itself: such a request does not keep a session alive
 */
export async function useSessions(
  app: FastifyInstance,
  { config, pool }: Portal,
  realm: Realm,
  { quiet = false } = {}
) {
  await app.register(session, {
    secret: config.secret,
    cookieName: sessionCookie(config.https, realm),
    cookie: { secure: config.https, httpOnly: true, sameSite: 'lax', path: '/' },
    saveUninitialized: false,
    rolling: false,
    store: storeOn(pool, realm, quiet)
  })
}

export function sessionCookie(https: boolean, realm: Realm): string {
  const name = realm === 'account' ? 'session' : 'staff'
  return https ? `__Host-${name}` : name
}

/**
 * A session is a row that sign-in inserts and logout deletes. `set` writes nothing, so a slow request
 * that ends after a logout has nothing to bring back.
 */
function storeOn(pool: pg.Pool, realm: Realm, quiet: boolean): Store {
  return {
    set: (_id, _session, done) => done(),
    get: (id, done) => {
      findSession(pool, realm, { id, quiet }).then(
        found => done(null, found && ({ [realm]: found, cookie: {} } as never)),
        done
      )
    },
    destroy: (id, done) => {
      pool.query(statements[realm].destroy, [hashOf(id)]).then(() => done(), done)
    }
  }
}

/** Whose session of staff it still is, without keeping it alive. */
export async function watchStaffSession(pool: pg.Pool, id: string): Promise<SignedInStaff | undefined> {
  return (await findSession(pool, 'staff', { id, quiet: true })) as SignedInStaff | undefined
}

async function findSession(
  pool: pg.Pool,
  realm: Realm,
  { id, quiet }: { id: string; quiet: boolean }
): Promise<object | undefined> {
  const { find, seen } = statements[realm]
  const values = [hashOf(id)]
  const { rows } = await pool.query({ ...find, values })
  if (!rows[0]) return undefined
  const { seen_recently, ...found } = rows[0]
  if (!seen_recently && !quiet) await pool.query({ ...seen, values })
  return found
}

/** Stored so that a stolen table opens no session. */
export function hashOf(sessionId: string): Buffer {
  return createHash('sha256').update(sessionId).digest()
}
