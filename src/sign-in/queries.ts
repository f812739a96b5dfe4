import { sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import { hashOf } from '../web/sessions.ts'

/** The account of a canonical login ID, with its stored password; disabled ones too. */
export function findAccountToSignIn(db: Database, loginId: string) {
  return db
    .selectFrom('accounts')
    .select(['id', 'kind', 'login_id', 'name', 'language', 'disabled_at', 'password_version'])
    .select(['password_hash as hash', 'password_scheme as scheme', 'password_salt as salt'])
    .where('login_id', '=', loginId)
    .executeTakeFirst()
}

/** Stores an argon2id hash in place of the imported one, unless an import has changed it meanwhile. */
export async function replacePassword(db: Database, accountId: string, old: string, replacement: string) {
  await db
    .updateTable('accounts')
    .set({ password_hash: replacement, password_scheme: 'argon2id', password_salt: null })
    .where('id', '=', accountId)
    .where('password_hash', '=', old)
    .execute()
}

/**
 * The one place where a session comes into being; not for an account that an import disables, or gives
 * another password, at this very moment.
 */
export async function insertSession(
  db: Database,
  sessionId: string,
  { id, passwordVersion }: { id: string; passwordVersion: number }
): Promise<boolean> {
  const inserted = await db
    .insertInto('sessions')
    .columns(['id_hash', 'account_id', 'password_version'])
    .expression(
      db
        .selectFrom('accounts')
        .select([sql.val(hashOf(sessionId)).as('id_hash'), 'id', 'password_version'])
        .where('id', '=', id)
        .where('password_version', '=', passwordVersion)
        .where('disabled_at', 'is', null)
    )
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

export async function deleteSessionsOf(db: Database, accountId: string) {
  await db.deleteFrom('sessions').where('account_id', '=', accountId).execute()
}

/** Removes sessions and failure counts that have long had no effect. */
export async function removeExpired(db: Database) {
  await sql`delete from sessions where last_seen_at < now() - interval '1 day'
    or created_at < now() - interval '2 days'`.execute(db)
  await sql`delete from staff_sessions where last_seen_at < now() - interval '1 day'
    or created_at < now() - interval '1 day'`.execute(db)
  await sql`delete from sign_in_throttle where expires_at < now()`.execute(db)
}
