import { generate } from 'otplib'
import type { Config } from '../config.ts'
import type { Database, Role } from '../database/tables.ts'
import { hashPassword } from '../sign-in/passwords.ts'
import { findStaff } from '../staff/queries.ts'
import { newTotpSecret, openTotp } from '../staff/second-factor.ts'
import { Failure } from '../terminal/failure.ts'

type DemoStaff = { loginId: string; password: string; role: Role; name: string; story: string }

/** Staff of the demo. Their one-time codes come from `mypage demo code`, in place of an app. */
export const staff = [
  {
    loginId: 'agent',
    password: 'hiyodori-2017-agent',
    role: 'support',
    name: '田中 恵（サポート）',
    story: 'support agent: looks members up'
  },
  {
    loginId: 'operator',
    password: 'mejiro-2017-operator',
    role: 'operator',
    name: '森 健太（障害対応）',
    story: 'operator: incidents, scopes, reports'
  },
  {
    loginId: 'second',
    password: 'suzume-2017-second',
    role: 'operator',
    name: '小川 直子（障害対応）',
    story: 'second operator: approves what the first one proposes'
  },
  {
    loginId: 'admin',
    password: 'fukurou-2017-admin',
    role: 'admin',
    name: '林 正雄（管理者）',
    story: 'administrator: staff and everything else'
  }
] as const satisfies DemoStaff[]

/** Adds those that are not there yet, enrolled. */
export async function addDemoStaff(db: Database, { secret }: Config) {
  for (const { loginId, password, role, name } of staff) {
    if (await findStaff(db, loginId)) continue
    await db
      .insertInto('staff')
      .values({
        ...{ login_id: loginId, name, role, created_by: 'demo' },
        password_hash: await hashPassword(password),
        totp_secret: newTotpSecret(secret, loginId),
        totp_confirmed_at: new Date()
      })
      .execute()
  }
}

/**
 * The one-time code that is taken next.
 * @throws Failure for who is not there, and while both codes that would be taken are used up
 */
export async function nextCode(db: Database, { secret }: Config, loginId: string): Promise<string> {
  const found = await findStaff(db, loginId)
  const key = found && openTotp(secret, found)
  if (!found || key === undefined)
    throw new Failure(`There is no "${loginId}". There are: ${staff.map(known => known.loginId).join(', ')}.`)
  const now = Math.floor(Date.now() / 30_000)
  const step = Math.max(now, Number(found.totp_last_step) + 1)
  if (step > now + 1) throw new Failure('Its codes of this moment are used. Try again in half a minute.')
  return generate({ secret: key, epoch: step * 30 })
}
