export type UsablePassword = { hash: string; scheme: string; salt: Buffer | null }

/** Bytes of a digest. */
const digests: Record<string, number> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 }

/** Dovecot's names: of digests without salt, and of those that have it behind them. */
const unsalted: Record<string, string> = {
  'PLAIN-MD5': 'md5',
  'LDAP-MD5': 'md5',
  SHA: 'sha1',
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA512: 'sha512'
}
const salted: Record<string, string> = { SMD5: 'md5', SSHA: 'sha1', SSHA256: 'sha256', SSHA512: 'sha512' }
/** Schemes whose text says by itself what it is. */
const named = ['CRYPT', 'BLF-CRYPT', 'SHA256-CRYPT', 'SHA512-CRYPT', 'ARGON2I', 'ARGON2ID']

/**
 * Reads a password hash as other systems write it: PHC strings of argon2, MCF strings of bcrypt and
 * SHA-crypt, Dovecot's `{SCHEME}…` of these and of digests, also with `.HEX`, `.B64` or `.BASE64`.
 * What costs more than a server can bear (argon2 over 1 GiB or 16 passes, bcrypt over cost 14, SHA-crypt
 * over a million rounds) is not taken.
 * @returns undefined for any other scheme, and for a hash that is broken
 */
export function readImportedPassword(text: string): UsablePassword | undefined {
  const [, name = '', encoding = '', rest = ''] = /^\{([\w-]+)(?:\.(\w+))?\}(.*)$/.exec(text) ?? []
  const scheme = name.toUpperCase()
  if (!scheme) return readCrypt(text)
  if (named.includes(scheme) && !encoding) return readCrypt(rest)
  const digest = unsalted[scheme] ?? salted[scheme]
  return digest ? readDigest(digest, scheme in salted, encoding, rest) : undefined
}

function readCrypt(text: string): UsablePassword | undefined {
  const scheme = readArgon2(text) ?? readBcrypt(text) ?? readShaCrypt(text)
  if (!scheme) return undefined
  // $2y$ is what other systems call $2b$; $2a$ differs for passwords beyond bcrypt's 72 bytes only.
  return { hash: text.replace(/^\$2[ay]\$/, '$2b$'), scheme, salt: null }
}

/** The parameters stand in either order: the reference writes m, t, p, some libraries m, p, t. */
function readArgon2(text: string): string | undefined {
  const form =
    /^\$(argon2(?:id|i|d))(?:\$v=(?:16|19))?\$m=(\d+),(?:t=(\d+),p=(\d+)|p=(\d+),t=(\d+))\$[A-Za-z\d+/]{11,86}\$[A-Za-z\d+/]{16,172}$/
  const [, scheme, memory, t1, p1, p2, t2] = form.exec(text) ?? []
  const [m, t, p] = [Number(memory), Number(t1 ?? t2), Number(p1 ?? p2)]
  return m <= 1 << 20 && m >= 8 * p && t >= 1 && t <= 16 && p >= 1 && p <= 64 ? scheme : undefined
}

function readBcrypt(text: string): string | undefined {
  const cost = Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text)?.[1])
  return cost >= 4 && cost <= 14 ? 'bcrypt' : undefined
}

function readShaCrypt(text: string): string | undefined {
  const form = /^\$([56])\$(?:rounds=([1-9]\d*)\$)?[^$]{0,16}\$([./A-Za-z\d]+)$/
  const [, id, rounds = '5000', hash] = form.exec(text) ?? []
  const fits =
    hash?.length === (id === '5' ? 43 : 86) && Number(rounds) >= 1_000 && Number(rounds) <= 1_000_000
  return fits ? 'sha-crypt' : undefined
}

/** Without a named encoding Dovecot tells hexadecimal from base64 by the length. */
function readDigest(
  scheme: string,
  salty: boolean,
  encoding: string,
  text: string
): UsablePassword | undefined {
  const size = digests[scheme] ?? 0
  const hex = encoding.toUpperCase() === 'HEX' || (!encoding && !salty && text.length === 2 * size)
  if (!hex && !['', 'B64', 'BASE64'].includes(encoding.toUpperCase())) return undefined
  if (!(hex ? /^(?:[\da-f]{2})+$/i : /^[A-Za-z\d+/]+={0,2}$/).test(text)) return undefined
  const bytes = Buffer.from(text, hex ? 'hex' : 'base64')
  if (salty ? bytes.length <= size : bytes.length !== size) return undefined
  const salt = salty ? bytes.subarray(size) : null
  return { hash: bytes.subarray(0, size).toString('hex'), scheme, salt }
}
