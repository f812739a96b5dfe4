import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readImportedPassword } from '../../src/sign-in/imported.ts'
import { hashPassword, type StoredPassword, verifyPassword, wrapDigest } from '../../src/sign-in/passwords.ts'

const typed = 'correct horse'
const ours = /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/

// Digests: Python 3.11's hashlib and base64; salt 0a1b2c3d where there is one.
const digests: [string, string][] = [
  ['{PLAIN-MD5}3cb4e732631f47e6eb961f34554b7cde', 'md5'],
  ['{PLAIN-MD5.b64}PLTnMmMfR+brlh80VUt83g==', 'md5'],
  ['{LDAP-MD5}PLTnMmMfR+brlh80VUt83g==', 'md5'],
  ['{SMD5}anw4D9Lb5n12hYZ9B+rVtwobLD0=', 'md5'],
  ['{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=', 'sha1'],
  ['{sha1}2f9e53523b62abc141a2b4d6019d23cba835dbd0', 'sha1'],
  ['{SSHA}nwKlECnwYK93/lT9/KR86v45u74KGyw9', 'sha1'],
  ['{SSHA.HEX}9f02a51029f060af77fe54fdfca47ceafe39bbbe0a1b2c3d', 'sha1'],
  ['{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=', 'sha256'],
  ['{SHA256.HEX}4104D36F8DA2C254349F85836793EBE029E0C957063A34C91C2E9203187B5631', 'sha256'],
  ['{SSHA256}FB/8/LKiW2XiNtsMkUoI2uqmNy8T7RLB3ToLNGrYS6gKGyw9', 'sha256'],
  [
    '{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==',
    'sha512'
  ],
  [
    '{SSHA512}Qs9eIKTL6rqO/O6+1p+ngatMtHhnVg/G/e5k9CYCsEsmoXCJ7vdz4pTwjrNuvDgZ+ZvIv+sJfW5E97FNqpm5QgobLD0=',
    'sha512'
  ]
]

// bcrypt: crypt(3) of libxcrypt 4.4. SHA-crypt: the same, and "openssl passwd -5" and "-6" of OpenSSL 3.0.
const bcrypt = '05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'
const sha256Crypt = '$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC'
const sha512Crypt =
  '$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/'
const strings: [string, string][] = [
  [`$2a$${bcrypt}`, 'bcrypt'],
  [`$2b$${bcrypt}`, 'bcrypt'],
  [`$2y$${bcrypt}`, 'bcrypt'],
  [`{BLF-CRYPT}$2y$${bcrypt}`, 'bcrypt'],
  [`{CRYPT}$2b$${bcrypt}`, 'bcrypt'],
  [`{SHA256-CRYPT}${sha256Crypt}`, 'sha-crypt'],
  [`{SHA512-CRYPT}${sha512Crypt}`, 'sha-crypt'],
  [`{CRYPT}${sha512Crypt}`, 'sha-crypt'],
  ['$5$rounds=10000$saltstring$ggJFhqdTxePyBHLQYFUkzFoOn.JeJ0OPTPpSZXyvS/3', 'sha-crypt'],
  [
    '$6$rounds=1400$anotherlongsalts$BIJq9mRCZh1kev4gsEFy0R5hLBKgZM.fwvpxgy31e6bRJqRdXTpSE8TJFJysi3GwDPeX9bz4aZklq669D26ai0',
    'sha-crypt'
  ]
]

// The test vectors of the reference implementation of argon2 (phc-winner-argon2, src/test.c).
const argon2: [string, string, string][] = [
  [
    'password',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    'argon2id'
  ],
  [
    'password',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    'argon2i'
  ],
  ['password', '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ', 'argon2i'],
  // OpenSSL 3.5, in the order of parameters that other writers use.
  ['correct horse', '$argon2d$v=19$m=256,p=2,t=3$c29tZXNhbHQ$dHV5Dy7RKVuHRSwnuBzk8g', 'argon2d']
]

function read(text: string) {
  return readImportedPassword(text) ?? assert.fail(text)
}

async function verifiesAndIsReplaced(stored: StoredPassword, password: string) {
  assert.deepEqual(await verifyPassword(stored, `${password} `), { matches: false })
  const { matches, replacement = '' } = await verifyPassword(stored, password)
  assert.ok(matches, `${stored.scheme} ${stored.hash}`)
  assert.match(replacement, ours)
  const replaced = { hash: replacement, scheme: 'argon2id', salt: null }
  assert.deepEqual(await verifyPassword(replaced, password), { matches: true })
}

describe('an imported password', () => {
  for (const [text, scheme] of digests)
    test(`verifies bare and wrapped in argon2id: ${text.slice(0, 20)}`, async () => {
      const bare = readImportedPassword(text)
      assert.ok(bare)
      assert.equal(bare.scheme, scheme)
      await verifiesAndIsReplaced(bare, typed)
      const wrapped = await wrapDigest(bare)
      assert.equal(wrapped.scheme, `argon2id(${scheme})`)
      assert.match(wrapped.hash, ours)
      await verifiesAndIsReplaced(wrapped, typed)
    })

  for (const [text, scheme] of strings)
    test(`verifies as it is: ${text.slice(0, 30)}`, async () => {
      assert.equal(read(text).scheme, scheme)
      await verifiesAndIsReplaced(read(text), typed)
    })

  for (const [password, text, scheme] of argon2)
    test(`verifies as it is: ${text.slice(0, 30)}`, async () => {
      assert.equal(read(text).scheme, scheme)
      await verifiesAndIsReplaced(read(text), password)
      if (scheme !== 'argon2d') assert.deepEqual(read(`{${scheme.toUpperCase()}}${text}`), read(text))
    })

  test('may be Japanese, or as long as a digest, or longer than one', async () => {
    const japanese = read('$2y$05$abcdefghijklmnopqrstuuZZcmt4GU96frWnncHlZ.2oeCEGHzhdG')
    assert.ok((await verifyPassword(japanese, 'パスワード')).matches)
    const digest = read('{SHA256}2LB2FIyTnZ0tbrYEWJacSGeUpMD88GMr5Y+lv20Vqvo=')
    assert.ok((await verifyPassword(digest, 'パスワード')).matches)
    const lengths: [string, string][] = [
      ['ab'.repeat(16), '$5$saltstring$ayrGa6QCE9O8SFMCL56lMRQ3HjVVTnVxIMHzfvBO8sA'],
      ['ab'.repeat(32), '$5$saltstring$aeOPbzcZSZSq5ySBb0wp4cqrnixkZezdx4uwqlQTCs1'],
      ['x'.repeat(200), '$5$saltstring$rwq/JJiS514uBZM0XlgTBNTZFB6WIioWwq2E4Bl1FB1'],
      ['パスワード', '$5$saltstring$iiUJHCvGAd9cqm/ScC20NVRJ5tvTb.hnFlGF3PjbyC.'],
      [
        'ab'.repeat(32),
        '$6$saltstring$RoHYybPJbYtmuggJylKkRx4CqZ4bEwP6oa5hb2tHm55T67vSikrGr9ttTOBd91Gfc5tkf.i5eaahRE0UNPa81/'
      ],
      ['a'.repeat(300), '$2a$05$abcdefghijklmnopqrstuuGUnCqbfgs3htOkLrFduUjAyLBw1Rq/u']
    ]
    for (const [password, text] of lengths)
      assert.ok((await verifyPassword(read(text), password)).matches, text)
  })

  test('is not taken in an unknown scheme, broken, or too costly', () => {
    const unknown = [
      'plain',
      '{PLAIN}secret',
      '{CRAM-MD5}00',
      '$1$salt$hash',
      '{MD5-CRYPT}$1$a$b',
      '{CRYPT}ab1234567890.'
    ]
    const broken = [
      '{SHA}',
      '{SHA}L55TUjtiq8FBorTWAZ0jy6g1',
      '{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=',
      '{SHA256.X}AAAA',
      `$2b$${bcrypt.slice(1)}`,
      `$2x$${bcrypt}`,
      sha256Crypt.replace('$5', '$6'),
      '$argon2id$v=19$m=65536,t=2,p=1$c29t$'
    ]
    const costly = [
      `$2b$15${bcrypt.slice(2)}`,
      sha256Crypt.replace('$5$', '$5$rounds=1000001$'),
      argon2[0]?.[1].replace('m=65536', 'm=1048577') ?? '',
      argon2[0]?.[1].replace('t=2', 't=17') ?? ''
    ]
    for (const text of ['', ...unknown, ...broken, ...costly])
      assert.equal(readImportedPassword(text), undefined, text)
  })
})

describe('a password', () => {
  test('is compared as typed: case, spaces and width matter', async () => {
    const stored = { hash: await hashPassword(' Ａbc '), scheme: 'argon2id', salt: null }
    assert.match(stored.hash, ours)
    assert.deepEqual(await verifyPassword(stored, ' Ａbc '), { matches: true })
    for (const other of ['Ａbc', ' ａbc ', ' Abc '])
      assert.equal((await verifyPassword(stored, other)).matches, false)
  })

  test('may have 1,024 bytes and no more', async () => {
    const hash = async (password: string) => ({
      hash: await hashPassword(password),
      scheme: 'argon2id',
      salt: null
    })
    assert.ok((await verifyPassword(await hash('x'.repeat(1024)), 'x'.repeat(1024))).matches)
    assert.ok(!(await verifyPassword(await hash('x'.repeat(1025)), 'x'.repeat(1025))).matches)
    assert.ok(!(await verifyPassword(await hash('あ'.repeat(342)), 'あ'.repeat(342))).matches)
  })

  test('never matches where none is stored', async () => {
    assert.deepEqual(await verifyPassword(undefined, ''), { matches: false })
    assert.deepEqual(await verifyPassword({ hash: null, scheme: null, salt: null }, ''), { matches: false })
    assert.deepEqual(await verifyPassword({ hash: 'x', scheme: 'x', salt: null }, 'x'), { matches: false })
  })

  test('of another strength than ours is replaced when it matches', async () => {
    const weak = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    const { replacement } = await verifyPassword({ hash: weak, scheme: 'argon2id', salt: null }, 'password')
    assert.match(replacement ?? '', ours)
  })
})
