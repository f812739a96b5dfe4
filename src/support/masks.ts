import type { AccountKind } from '../database/tables.ts'

type Identity = { kind: AccountKind; login_id: string; name: string; email: string | null }

/** Just enough of members to pick the right one, before there is a reason to see more. */
export function masked<T extends Identity>(member: T): T {
  const { kind, login_id, name, email } = member
  return {
    ...member,
    login_id: maskedLoginId(login_id),
    // A company is told apart by its name, which is no secret.
    name: kind === 'business' ? name : maskedName(name),
    email: email === null ? null : maskedEmail(email)
  }
}

/** `hanako` is `ha****`, `A0012345` is `A00****5`. */
export function maskedLoginId(loginId: string): string {
  if (loginId.length <= 2) return `${loginId[0] ?? ''}****`
  return /^A\d/.test(loginId)
    ? `${loginId.slice(0, 3)}****${loginId.slice(-1)}`
    : `${loginId.slice(0, 2)}****`
}

/** The family name, or the first character where nothing tells where it ends: `佐藤 ＊＊`. */
function maskedName(name: string): string {
  const [family = '', ...given] = name.split(/\s+/u)
  if (given.length > 0) return `${family} ＊＊`
  return name && `${[...name][0]}＊＊`
}

/** `hanako@aoba.example` is `h****o@aoba.example`: always four stars, so that they tell no length. */
function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const local = [...email.slice(0, at)]
  const end = local.length > 3 ? local.at(-1) : ''
  return `${local[0] ?? ''}****${end}${email.slice(at)}`
}
