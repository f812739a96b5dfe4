import { createHash } from 'node:crypto'
import { Signer } from '@fastify/cookie'
import type pg from 'pg'
import { secret } from './processes.ts'

const signer = new Signer(secret, 'sha256')

/** @returns for each of these accounts the header of requests that are signed in as it */
export async function signIn(pool: pg.Pool, accountIds: number[]): Promise<{ cookie: string }[]> {
  const ids = accountIds.map((_, visitor) => `visitor ${visitor}`)
  await pool.query(
    `insert into sessions (id_hash, account_id)
     select * from unnest($1::bytea[], $2::bigint[])`,
    [ids.map(id => createHash('sha256').update(id).digest()), accountIds]
  )
  return ids.map(id => ({ cookie: `session=${encodeURIComponent(signer.sign(id))}` }))
}
