import type pg from 'pg'
import { digestSchemes } from '../sign-in/passwords.ts'

const fates = ['unchanged', 'wrapped', 'later', 'taken', 'none', 'unknown'] as const

/** Accounts of the file by what became of their passwords. */
export type Passwords = Record<(typeof fates)[number], number>

export async function countPasswords(client: pg.PoolClient): Promise<Passwords> {
  const { rows } = await client.query<{ fate: keyof Passwords; count: number }>(
    `select count(*)::int, case
       when password_source is null then 'none'
       when password_hash is null then 'unknown'
       when not password_taken then 'unchanged'
       when password_scheme = any($1) then 'later'
       when password_scheme like 'argon2id(%' then 'wrapped'
       else 'taken'
     end as fate
     from member_accounts group by fate`,
    [digestSchemes]
  )
  const counts = Object.fromEntries(fates.map(fate => [fate, 0])) as Passwords
  for (const { fate, count } of rows) counts[fate] = count
  return counts
}
