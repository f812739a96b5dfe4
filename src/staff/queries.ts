import { type SqlBool, sql } from 'kysely'
import type { Database, DatabaseTransaction, Role } from '../database/tables.ts'
import { hashOf } from '../web/sessions.ts'

export type StaffMember = NonNullable<Awaited<ReturnType<typeof findStaff>>>

/** By canonical login ID; disabled ones too. */
export function findStaff(db: Database, loginId: string) {
  return db.selectFrom('staff').selectAll().where('login_id', '=', loginId).executeTakeFirst()
}

export function findStaffById(db: Database, id: string) {
  return db.selectFrom('staff').selectAll().where('id', '=', id).executeTakeFirst()
}

/** By issuer and subject of the company's own login. */
export function findStaffBySubject(db: Database, subject: string) {
  return db.selectFrom('staff').selectAll().where('subject', '=', subject).executeTakeFirst()
}

export function listStaff(db: Database) {
  return db
    .selectFrom('staff')
    .selectAll()
    .select(({ selectFrom, ref }) =>
      selectFrom('staff_sessions')
        .select(({ fn }) => fn.max('last_seen_at').as('seen'))
        .where('staff_id', '=', ref('staff.id'))
        .as('seen_at')
    )
    .orderBy('login_id')
    .execute()
}

type NewStaff = { login_id: string; name: string; role: Role; created_by: string; subject?: string }

/** @returns undefined when the login ID is taken */
export function insertStaff(db: Database, staff: NewStaff) {
  return db
    .insertInto('staff')
    .values(staff)
    .onConflict(conflict => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** What the company's login says at each login. */
export async function renameStaff(db: Database, id: string, { name, role }: { name: string; role: Role }) {
  await db.updateTable('staff').set({ name, role }).where('id', '=', id).execute()
}

/** From the next request on. @returns whether anything changed */
export async function setRole(db: Database, id: string, role: Role): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('staff')
    .set({ role })
    .where('id', '=', id)
    .where('role', '<>', role)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Disabling ends all sessions. @returns whether anything changed */
export async function setDisabled(db: Database, id: string, disabled: boolean): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('staff')
    .set({ disabled_at: disabled ? sql`now()` : null, version: sql`version + 1` })
    .where('id', '=', id)
    .where('disabled_at', disabled ? 'is' : 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * The ids of the administrators who can log in, which stay so until the transaction ends: so the last one is not lost.
 */
export async function lockAdministrators(tx: DatabaseTransaction): Promise<string[]> {
  const rows = await tx
    .selectFrom('staff')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where(({ eb, or }) => or([eb('subject', 'is not', null), eb('totp_confirmed_at', 'is not', null)]))
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map(({ id }) => id)
}

/** Password and second factor are void, sessions end; the code is good for a new beginning. */
export async function startEnrolment(
  db: Database,
  id: string,
  code: { hash: Buffer; hours: number; enrolledBy: string | null }
) {
  await db
    .updateTable('staff')
    .set({
      ...{ password_hash: null, totp_secret: null, totp_confirmed_at: null, enrolment_hash: code.hash },
      enrolled_by: code.enrolledBy,
      enrolment_expires_at: sql`now() + make_interval(hours => ${code.hours})`,
      version: sql`version + 1`
    })
    .where('id', '=', id)
    .execute()
  await db.deleteFrom('recovery_codes').where('staff_id', '=', id).execute()
}

export async function keepTotpSecret(db: Database, id: string, sealed: string) {
  await db.updateTable('staff').set({ totp_secret: sealed }).where('id', '=', id).execute()
}

type Enrolled = { passwordHash: string; step: number; enrolmentHash: Buffer; recoveryHashes: Buffer[] }

/** @returns false when the enrolment was used meanwhile */
export async function completeEnrolment(tx: DatabaseTransaction, id: string, enrolled: Enrolled) {
  const { numUpdatedRows } = await tx
    .updateTable('staff')
    .set({
      ...{ password_hash: enrolled.passwordHash, enrolment_hash: null, enrolment_expires_at: null },
      ...{ totp_confirmed_at: sql`now()`, totp_last_step: enrolled.step, version: sql`version + 1` }
    })
    .where('id', '=', id)
    .where('enrolment_hash', '=', enrolled.enrolmentHash)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  await tx
    .insertInto('recovery_codes')
    .values(enrolled.recoveryHashes.map(code_hash => ({ staff_id: id, code_hash })))
    .execute()
  return true
}

/** Takes a one-time code of a step, if none of it or of a later one was taken. */
export async function takeStep(db: Database, id: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('staff')
    .set({ totp_last_step: step })
    .where('id', '=', id)
    .where(sql<SqlBool>`totp_last_step < ${step}`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Takes a recovery code, once. */
export async function takeRecoveryCode(db: Database, id: string, hash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recovery_codes')
    .set({ used_at: sql`now()` })
    .where('staff_id', '=', id)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * The one place where a session of staff comes into being; not for who is disabled at this very moment.
 * @param session `confirmedAt`: when the second factor was given, now if not told
 */
export async function insertStaffSession(
  db: Database,
  { sessionId, confirmedAt }: { sessionId: string; confirmedAt: Date | undefined },
  { id, version }: { id: string; version: number }
): Promise<boolean> {
  const confirmed = sql<Date>`coalesce(${confirmedAt ?? null}::timestamptz, now())`.as('confirmed_at')
  const inserted = await db
    .insertInto('staff_sessions')
    .columns(['id_hash', 'staff_id', 'version', 'confirmed_at'])
    .expression(
      db
        .selectFrom('staff')
        .select([sql.val(hashOf(sessionId)).as('id_hash'), 'id', 'version', confirmed])
        .where('id', '=', id)
        .where('version', '=', version)
        .where('disabled_at', 'is', null)
    )
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** The second factor was given in this session. */
export async function confirmSession(db: Database, sessionId: string) {
  await db
    .updateTable('staff_sessions')
    .set({ confirmed_at: sql`now()` })
    .where('id_hash', '=', hashOf(sessionId))
    .execute()
}

/** Whether one of two gave the other the code with which they enrolled: then they may be the same person. */
export async function enrolledEachOther(db: Database, one: string, other: string): Promise<boolean> {
  const found = await db
    .selectFrom('staff as s')
    .innerJoin('staff as by', 'by.id', 's.enrolled_by')
    .select('s.id')
    .where(({ eb, or, and }) =>
      or([
        and([eb('s.login_id', '=', one), eb('by.login_id', '=', other)]),
        and([eb('s.login_id', '=', other), eb('by.login_id', '=', one)])
      ])
    )
    .executeTakeFirst()
  return found !== undefined
}
