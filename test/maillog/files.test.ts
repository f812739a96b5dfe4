import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { BrokenLog, findLogs, readLog } from '../../src/maillog/files.ts'
import { hashFile } from '../../src/maillog/hash.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const write = temporaryFiles()
const folder = path.dirname(write('unused', ''))
mkdirSync(path.join(folder, 'logs/old'), { recursive: true })

const lines = `Nov 22 10:40:10 mx1 postfix/qmgr[812]: 4F2B31C0A1: removed
Nov 22 10:40:11 mx1 postfix/qmgr[812]: 4F2B31C0A2: removed
`
/** The two lines, by xz 5.4.1 and bzip2 1.0.8. */
const xz = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AB1AEZdACcbysIBIl7+ZMqenKIAfpeTHC8tNpaIyLBJmQwUo/Sm/meHNn4GEBnQXDKkC7WIlGP9+sU1yY2+E7CTdi3+e8hwOXmQoAAAAAAfdRkpVU1zhwABYnYHaCvOH7bzfQEAAAAABFla',
  'base64'
)
const bzip2 = Buffer.from(
  'QlpoOTFBWSZTWXJ0SrEAACJfgAAQQAD8UDkBAAoHov1AIABgKqmI1PUaPUxANHlDGAAAAA1TWZuFMIro5oOqEmPJDorVmyS0UaKMmzspOrCKKrV+YvDZJdu9rJqrN00m76isugXTfxdyRThQkHJ0SrE=',
  'base64'
)

/** The text of a log, and where it breaks. */
async function readAll(name: string, start = 0) {
  const { logs } = await findLogs([name])
  const [log] = logs
  assert.ok(log, `${name} is a log`)
  let content = ''
  try {
    for await (const piece of readLog(log, { start })) content += piece.latin1Slice()
  } catch (error) {
    assert.ok(error instanceof BrokenLog)
    return { log, content, at: error.at, message: error.message }
  }
  return { log, content }
}

/** Lines of two and a half MiB that do not compress to nothing. */
function manyLines() {
  let state = 1
  const one = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return `Nov 22 10:40:10 mx1 postfix/qmgr[812]: ${state.toString(16).toUpperCase().padStart(10, '0')}: removed\n`
  }
  return Array.from({ length: 45_000 }, one).join('')
}

describe('a log', () => {
  const forms = {
    plain: Buffer.from(lines),
    gzip: gzipSync(lines),
    zstd: zstdCompressSync(lines),
    xz,
    bzip2
  }
  for (const [compression, content] of Object.entries(forms)) {
    test(`in ${compression} is known by its bytes, whatever its name`, async () => {
      const name = write('mail.log', content)
      const { log, content: read } = await readAll(name)
      assert.equal(read, lines)
      assert.deepEqual(
        [log.name, log.bytes, log.compression, log.head, log.host],
        [name, content.length, compression, lines, 'mx1']
      )
    })

    test(`may be several ${compression} one after the other`, async () => {
      const { content: read } = await readAll(write('twice', Buffer.concat([content, content])))
      assert.equal(read, lines + lines)
    })
  }

  test('that is long comes whole', async () => {
    const many = manyLines()
    for (const content of [Buffer.from(many), gzipSync(many), zstdCompressSync(many)]) {
      const { log, content: read } = await readAll(write('long', content))
      assert.equal(read, many)
      assert.equal(log.head, many.slice(0, 65_536))
      assert.equal(log.tail, log.compression === 'plain' ? many.slice(-65_536) : '')
    }
  })

  test('that is plain can be read from the middle', async () => {
    const { content } = await readAll(write('mail.log', lines), 59)
    assert.equal(content, 'Nov 22 10:40:11 mx1 postfix/qmgr[812]: 4F2B31C0A2: removed\n')
  })

  test('may begin with NUL bytes, and hold bytes that are not UTF-8', async () => {
    const name = write(
      'cut',
      Buffer.concat([Buffer.alloc(3 << 20), Buffer.from(lines), Buffer.from([0xe9, 0])])
    )
    const { log, content } = await readAll(name)
    assert.equal(log.head, `${lines}\xe9\0`)
    assert.equal(content.length, (3 << 20) + lines.length + 2)
  })

  test('of Dovecot alone has no host', async () => {
    const { log } = await readAll(write('dovecot.log', 'Nov 22 10:46:10 master: Info: Dovecot starting up\n'))
    assert.equal(log.host, undefined)
  })
})

describe('a broken archive', () => {
  const many = manyLines()

  test('that was cut off is read to its end', async () => {
    for (const content of [gzipSync(many), zstdCompressSync(many)]) {
      const cut = content.subarray(0, content.length / 2)
      const { content: read, at, message } = await readAll(write('cut.gz', cut))
      assert.ok(read.length > many.length / 3 && many.startsWith(read))
      assert.equal(at, read.length)
      assert.match(
        message ?? '',
        /cut\.gz cannot be read beyond byte \d+ of its text: unexpected end of file/
      )
    }
  })

  test('of xz or bzip2 says where it breaks', async () => {
    for (const content of [xz, bzip2]) {
      const name = write('cut.xz', Buffer.concat([content, content.subarray(0, -9)]))
      const { content: read, at, message } = await readAll(name)
      assert.ok(read.startsWith(lines))
      assert.equal(at, read.length)
      assert.match(message ?? '', /unexpected end of file/)
    }
  })

  test('with something else behind it says so after its text', async () => {
    const { content, message } = await readAll(
      write('tail.zst', Buffer.concat([zstdCompressSync(lines), Buffer.from('xyz!')]))
    )
    assert.equal(content, lines)
    assert.match(message ?? '', /beyond byte 118 of its text/)
  })

  test('with zeros behind it is whole', async () => {
    const { content, message } = await readAll(
      write('tape.gz', Buffer.concat([gzipSync(lines), Buffer.alloc(1 << 20)]))
    )
    assert.equal(content, lines)
    assert.equal(message, undefined)
  })
})

describe('names', () => {
  test('of a folder stand for all logs in it, and what is none is skipped with a reason', async () => {
    write('logs/mail.log', lines)
    write('logs/old/mail.log.1', gzipSync(lines.replace('mx1', 'mx2')))
    write('logs/empty.log', '')
    write('logs/notes.txt', 'Call the data centre.\n')
    symlinkSync(path.join(folder, 'logs/mail.log'), path.join(folder, 'logs/mail.log.link'))
    const { logs, skipped } = await findLogs([path.join(folder, 'logs'), path.join(folder, 'logs/mail.log')])
    const short = (name: string) => path.relative(folder, name)
    assert.deepEqual(
      logs.map(({ name, host }) => [short(name), host]),
      [
        ['logs/mail.log', 'mx1'],
        ['logs/old/mail.log.1', 'mx2']
      ]
    )
    assert.deepEqual(
      skipped.map(({ name, reason }) => [short(name), reason]),
      [
        ['logs/empty.log', 'empty'],
        ['logs/mail.log.link', 'found before under another name'],
        ['logs/notes.txt', 'no line of it looks like a log'],
        ['logs/mail.log', 'found before under another name']
      ]
    )
  })

  test('may be patterns', async () => {
    write('mx3.log', lines)
    write('mx4.log', lines)
    const { logs } = await findLogs([path.join(folder, 'mx[34].log')])
    assert.deepEqual(
      logs.map(({ name }) => path.basename(name)),
      ['mx3.log', 'mx4.log']
    )
  })

  test('that lead to nothing are refused', async () => {
    await assert.rejects(findLogs(['no/such.log']), /There is no file or folder "no\/such\.log"/)
    await assert.rejects(findLogs(['no/such*']), /The pattern "no\/such\*" matches no file/)
  })
})

test('standard input is looked at and read in one go, compressed or not', async () => {
  const many = manyLines()
  const files = path.join(import.meta.dirname, '../../src/maillog/files.ts')
  const script = write(
    'read.mjs',
    `
    const { findLogs, readLog } = await import(${JSON.stringify(files)})
    const { logs: [log] } = await findLogs(['-'])
    process.stderr.write([log.name, log.bytes, log.compression, log.head.length, log.host].join(' '))
    for await (const piece of readLog(log)) process.stdout.write(Buffer.from(piece))`
  )
  for (const [compression, content] of [
    ['plain', Buffer.from(many)],
    ['gzip', gzipSync(many)],
    ['xz', xz],
    ['bzip2', bzip2]
  ] as const) {
    const child = spawn(process.execPath, [script])
    child.stdin.end(content)
    const [out, told] = await Promise.all([text(child.stdout), text(child.stderr)])
    const expected = compression === 'xz' || compression === 'bzip2' ? lines : many
    assert.equal(told, `- 0 ${compression} ${Math.min(expected.length, 65_536)} mx1`)
    assert.equal(out, expected)
  }
})

test('files are hashed as they are', async () => {
  const [one, other] = [write('one', lines), write('other', '')]
  assert.deepEqual(await Promise.all([hashFile(one), hashFile(other)]), [
    '14c9674b40aa45598755d1d08177b8d2f3b7b13ba10eee591937303705efaee1',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  ])
  await assert.rejects(hashFile(path.join(folder, 'gone')), /ENOENT.*gone/)
  assert.equal((await hashFile(one)).length, 64)
})
