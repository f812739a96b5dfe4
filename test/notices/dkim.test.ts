import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { verifyDkim } from '../helpers/dkim.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { addAffected } from '../helpers/notice-faults.ts'
import { mypageWith, temporaryFiles } from '../helpers/terminal.ts'

const { url, pool } = await openTestDatabase()
const file = temporaryFiles()
const rsa = pemOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }))
const key = file('dkim.pem', rsa.privateKey)
const raw: string[] = []
const { url: SMTP_URL } = await openMailServer({
  onData(stream, _session, done) {
    text(stream).then(message => {
      raw.push(message)
      done(null, 'OK')
    })
  }
})
const settings = { SMTP_URL, MAIL_FROM: 'notice@mail.aoba.example' }
const signing = { DKIM_DOMAIN: 'aoba.example', DKIM_SELECTOR: 'outage', DKIM_KEY_FILE: key }
const notices = (more: Record<string, string>, ...args: string[]) =>
  mypageWith({ ...settings, ...more }, url, 'notices', ...args)
await addAffected(pool, 8)
await notices({}, 'plan', 'outage')

test('what is wrong with the settings of DKIM is told all at once, and nothing is sent', async () => {
  const edwards = file('ed25519.pem', pemOf(generateKeyPairSync('ed25519')).privateKey)
  for (const [wrong, ...told] of [
    [{ DKIM_DOMAIN: 'aoba.example' }, /DKIM_SELECTOR is missing/, /DKIM_KEY_FILE is missing/],
    [
      { ...signing, DKIM_DOMAIN: 'oba.example', DKIM_KEY_FILE: '/nowhere.pem' },
      /DKIM_DOMAIN must be the domain of MAIL_FROM, notice@mail\.aoba\.example, or one above it/,
      /DKIM_KEY_FILE: \/nowhere\.pem cannot be read/
    ],
    [
      { ...signing, DKIM_SELECTOR: 'out age; x', DKIM_KEY_FILE: edwards },
      /DKIM_SELECTOR: "out age; x" is no name in the DNS/,
      /is of kind ed25519; it must be RSA/
    ],
    [{ ...signing, DKIM_KEY_FILE: file('public.pem', rsa.publicKey) }, /cannot be read as a private key/]
  ] as [Record<string, string>, ...RegExp[]][]) {
    const { code, stderr } = await notices(wrong, 'send', 'outage')
    assert.equal(code, 1)
    for (const words of told) assert.match(stderr, words)
  }
  assert.equal(raw.length, 0)
})

test('with a key each notice carries a signature that holds, and does not hold for anything else', async () => {
  const { code, stderr } = await notices(signing, 'send', 'outage')
  assert.equal(code, 0, stderr)
  assert.equal(raw.length, 8)
  for (const message of raw) {
    const { names, ...verified } = verifyDkim(message, rsa.publicKey)
    assert.deepEqual(verified, { domain: 'aoba.example', selector: 'outage', body: true, signature: true })
    for (const name of ['from', 'to', 'subject', 'date', 'message-id']) assert.ok(names.includes(name), name)
  }
  const forged = raw[0]?.replace(/^Subject: .*$/m, 'Subject: Confirm your password') ?? ''
  assert.equal(verifyDkim(forged, rsa.publicKey).signature, false)
  assert.equal(verifyDkim(raw[0]?.replace('--\r\n', 'x--\r\n') ?? '', rsa.publicKey).body, false)
})

function pemOf({ publicKey, privateKey }: KeyPairKeyObjectResult) {
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  }
}
