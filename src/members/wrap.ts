import { availableParallelism } from 'node:os'
import type pg from 'pg'
import { digestSchemes, wrapDigest } from '../sign-in/passwords.ts'
import { showProgress } from '../terminal/progress.ts'

type Bare = { login_id: string; hash: string; scheme: string; salt: null }

const batch = 500
const bare = 'password_taken and password_scheme = any($1)'

/** Wraps the digests among the passwords to be taken in argon2id, on all cores. */
export async function wrapPasswords(client: pg.PoolClient) {
  const total = await countBare(client)
  if (total === 0) return
  const progress = showProgress('Wrapping passwords', total, 'passwords')
  for (let done = 0; done < total; done += batch) {
    const wrapped = await wrapAll(await findBare(client), count => progress.at(done + count))
    await store(client, wrapped)
  }
  progress.end()
}

async function countBare(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int from member_accounts where ${bare}`,
    [digestSchemes]
  )
  return rows[0]?.count ?? 0
}

async function findBare(client: pg.PoolClient): Promise<Bare[]> {
  const { rows } = await client.query<Bare>(
    `select login_id, password_hash as hash, password_scheme as scheme, null as salt
     from member_accounts where ${bare} limit ${batch}`,
    [digestSchemes]
  )
  return rows
}

async function wrapAll(found: Bare[], onProgress: (count: number) => void): Promise<Bare[]> {
  const wrapped: Bare[] = []
  const next = found.values()
  const wrapSome = async () => {
    for (const password of next) onProgress(wrapped.push(await wrapDigest(password)))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, wrapSome))
  return wrapped
}

async function store(client: pg.PoolClient, wrapped: Bare[]) {
  await client.query(
    `update member_accounts as account set password_hash = wrapped.hash, password_scheme = wrapped.scheme
     from unnest($1::text[], $2::text[], $3::text[]) as wrapped (login_id, hash, scheme)
     where account.login_id = wrapped.login_id`,
    [
      wrapped.map(({ login_id }) => login_id),
      wrapped.map(({ hash }) => hash),
      wrapped.map(({ scheme }) => scheme)
    ]
  )
}
