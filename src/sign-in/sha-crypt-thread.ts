import { hash } from 'node:crypto'
import { type MessagePort, parentPort } from 'node:worker_threads'

// "Unix crypt using SHA-256 and SHA-512", Ulrich Drepper, 2007. Package unixcrypt 3.0.4 is not used:
// it is wrong for passwords whose length is a multiple of the digest's.
const variants = {
  5: { name: 'sha256', third: 10, turn: 2, last: [30, 31] },
  6: { name: 'sha512', third: 21, turn: 1, last: [63] }
}
const digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

parentPort?.on('message', ({ typed, setting, port }: { typed: string; setting: string; port: MessagePort }) =>
  port.postMessage(shaCrypt(typed, setting))
)

function shaCrypt(typed: string, setting: string): string {
  const [, id = '', rounds, salt = ''] = /^\$([56])\$(?:rounds=(\d+)\$)?([^$]{0,16})/.exec(setting) ?? []
  const variant = variants[id as '5' | '6']
  const digest = stretch(variant.name, Buffer.from(typed), Buffer.from(salt), Number(rounds ?? 5000))
  return `$${id}$${rounds ? `rounds=${rounds}$` : ''}${salt}$${encode(digest, variant)}`
}

function stretch(name: string, password: Buffer, salt: Buffer, rounds: number): Buffer {
  const digest = (...parts: Buffer[]) => hash(name, Buffer.concat(parts), 'buffer')
  const inner = digest(password, salt, password)
  const bits = password.length === 0 ? [] : [...password.length.toString(2)].reverse()
  const mixed = bits.map(bit => (bit === '1' ? inner : password))
  let result = digest(password, salt, Buffer.alloc(password.length, inner), ...mixed)
  const p = Buffer.alloc(password.length, digest(...Array(password.length).fill(password)))
  const s = Buffer.alloc(salt.length, digest(...Array(16 + (result[0] ?? 0)).fill(salt)))
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const parts = [odd ? p : result, odd ? result : p]
    if (round % 7 !== 0) parts.splice(1, 0, p)
    if (round % 3 !== 0) parts.splice(1, 0, s)
    result = digest(...parts)
  }
  return result
}

/** Three bytes give four digits, the lowest six bits first, in the order that crypt(3) takes them. */
function encode(digest: Buffer, { third, turn, last }: (typeof variants)[5 | 6]): string {
  let text = ''
  for (let at = 0; at < third; at++) {
    const bytes = [at, at + third, at + 2 * third]
    const [high = 0, middle = 0, low = 0] = bytes.map((_, i) => digest[bytes[(i + turn * at) % 3] ?? 0])
    text += digitsOf((high << 16) | (middle << 8) | low, 4)
  }
  return (
    text +
    digitsOf(
      last.reduce((value, at, i) => value | ((digest[at] ?? 0) << (8 * i)), 0),
      last.length + 1
    )
  )
}

function digitsOf(value: number, count: number): string {
  return Array.from({ length: count }, (_, at) => digits[(value >> (6 * at)) & 63]).join('')
}
