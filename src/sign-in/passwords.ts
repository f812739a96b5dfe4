import { hash as digestOf, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import { checksPerSecond, noteCheck } from './capacity.ts'
import type { UsablePassword } from './imported.ts'
import { shaCrypt } from './sha-crypt.ts'

/**
 * A password as the database has it. `scheme` says what `hash` is:
 * - `argon2id`, `argon2i`, `argon2d`: a PHC string
 * - `bcrypt` (`$2b$…`), `sha-crypt` (`$5$…`, `$6$…`): an MCF string
 * - `md5`, `sha1`, `sha256`, `sha512`: the digest of password and `salt` in hexadecimal
 * - `argon2id(md5)` and so on: argon2id of such a digest, so that a stolen table is slow to try out
 *
 * All null is an account without a usable password.
 */
export type StoredPassword = { hash: string | null; scheme: string | null; salt: Buffer | null }

const { argon2id: type } = argon2
const settings = { type, memoryCost: 19_456, timeCost: 2, parallelism: 1, version: 19 } as const

/** Bare digests, which a table thief tries out by the billion. */
export const digestSchemes = ['md5', 'sha1', 'sha256', 'sha512']

/** Bytes in UTF-8; what is longer is no password of anybody. */
const longest = 1_024

// argon2 and bcrypt run on libuv's threads, which are four unless told otherwise before their first work;
// some are left over for files and name look-ups.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4)

const dummy = await hashPassword(randomBytes(16).toString('hex'))

/** The argon2id PHC string of a password, with our own settings. */
export function hashPassword(typed: string): Promise<string> {
  return argon2.hash(typed, settings)
}

/**
 * Compares a password as typed. Where nothing is stored it works as hard as for a wrong password.
 * @returns `replacement`, when it matches and is stored in another way than ours: what to store instead
 */
export async function verifyPassword(
  stored: StoredPassword | undefined,
  typed: string
): Promise<{ matches: boolean; replacement?: string }> {
  const start = performance.now()
  try {
    return await comparePassword(stored, typed)
  } finally {
    noteCheck(performance.now() - start)
  }
}

async function comparePassword(
  stored: StoredPassword | undefined,
  typed: string
): Promise<{ matches: boolean; replacement?: string }> {
  const { hash, scheme, salt } = stored ?? {}
  if (!hash || !scheme || Buffer.byteLength(typed) > longest) return refuse()
  if (!(await isPasswordOf({ hash, scheme, salt: salt ?? null }, typed)))
    return isDigest(scheme) ? refuse() : { matches: false }
  const ours = scheme === 'argon2id' && !argon2.needsRehash(hash, settings)
  return ours ? { matches: true } : { matches: true, replacement: await hashPassword(typed) }
}

/** Passwords that this process checks in a second; tried out where nobody has logged in yet. */
export async function measureChecks(): Promise<number> {
  for (;;) {
    const known = checksPerSecond()
    if (known !== undefined) return known
    await verifyPassword(undefined, '')
  }
}

async function refuse() {
  await argon2.verify(dummy, '')
  return { matches: false }
}

async function isPasswordOf({ hash, scheme, salt }: UsablePassword, typed: string): Promise<boolean> {
  if (scheme.startsWith('argon2')) {
    const wrapped = /^argon2id\((.+)\)$/.exec(scheme)?.[1]
    return argon2.verify(hash, wrapped ? digest(wrapped, typed, salt) : typed)
  }
  if (scheme === 'bcrypt') return isEqual(await bcrypt.hash(typed, hash.slice(0, 29)), hash)
  if (scheme === 'sha-crypt') return isEqual(await shaCrypt(typed, hash), hash)
  return isDigest(scheme) && isEqual(digest(scheme, typed, salt), hash)
}

function isDigest(scheme: string): boolean {
  return digestSchemes.includes(scheme)
}

function digest(name: string, typed: string, salt: Buffer | null): string {
  return digestOf(name, Buffer.concat([Buffer.from(typed), salt ?? Buffer.alloc(0)]), 'hex')
}

function isEqual(computed: string, stored: string): boolean {
  const [left, right] = [Buffer.from(computed), Buffer.from(stored)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether a hash takes the time that ours take. */
export function hasOurCost(hash: string): boolean {
  return hash.startsWith('$argon2id$') && !argon2.needsRehash(hash, settings)
}

/** A digest of `digestSchemes` inside argon2id. */
export async function wrapDigest<Stored extends UsablePassword>(stored: Stored): Promise<Stored> {
  return { ...stored, scheme: `argon2id(${stored.scheme})`, hash: await hashPassword(stored.hash) }
}
