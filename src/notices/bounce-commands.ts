import { createReadStream } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Database } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { count } from '../terminal/count.ts'
import { Failure } from '../terminal/failure.ts'
import type { BounceKept } from './bounces.ts'

/** A notification is small; what is larger is none. */
const largest = 1 << 20

export const bounceCommands: Commands = (notices, withPortal) => {
  notices
    .command('bounces')
    .description('read notices that came back: from a Maildir, from standard input, or as an LMTP server')
    .option('--maildir <folder>', 'read what is new in it; what was read goes from new/ to cur/')
    .option('--lmtp <host:port>', 'listen until it is stopped, such as 127.0.0.1:2424')
    .action(({ maildir, lmtp }: { maildir?: string; lmtp?: string }) =>
      withPortal(async ({ db }) => {
        if (maildir !== undefined) return readMaildir(db, maildir)
        if (lmtp !== undefined) return listen(db, lmtp)
        console.log(await keep(db, await bounded(process.stdin)))
      })
    )
}

/** Its beginning, where it is larger than any notification: the rest is read over. */
async function bounded(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size <= largest) pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces)
}

async function keep(db: Database, source: Buffer, to = ''): Promise<BounceKept | 'no bounce'> {
  // Only for who reads bounces: what takes mail apart is large.
  const { keepBounce, readBounce } = await import('./bounces.ts')
  const bounce = await readBounce(source, to)
  return bounce ? keepBounce(db, bounce) : 'no bounce'
}

async function readMaildir(db: Database, folder: string) {
  const fresh = path.join(folder, 'new')
  const names = await readdir(fresh).catch(error => {
    throw new Failure(`The Maildir ${folder} cannot be read: ${(error as Error).message}`)
  })
  const counts = new Map<string, number>()
  for (const name of names.sort()) {
    const file = path.join(fresh, name)
    const kept = await bounded(createReadStream(file)).then(source => keep(db, source))
    counts.set(kept, (counts.get(kept) ?? 0) + 1)
    // Only now: an interrupt in between reads it once more, which changes nothing.
    await rename(file, path.join(folder, 'cur', `${name.replace(/:2,.*$/, '')}:2,S`))
  }
  console.log(`Messages read: ${count(names.length)}`)
  for (const [kept, messages] of counts) console.log(`  ${kept}: ${count(messages)}`)
}

async function listen(db: Database, text: string) {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(text) ?? []
  if (host === '') throw new Failure(`--lmtp: "${text}" is not HOST:PORT, such as 127.0.0.1:2424`)
  const { SMTPServer } = await import('smtp-server')
  const server = new SMTPServer({
    ...{
      lmtp: true,
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      size: largest,
      logger: false
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address).join(' ')
      bounded(stream)
        .then(source => keep(db, source, to))
        .then(
          kept => done(null, kept),
          // What went wrong here is nobody's business there.
          () => done(Object.assign(new Error('Try again later'), { responseCode: 451 }))
        )
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(Number(port), host, resolve)
  })
  console.log(`Listening for bounces on ${host}:${port}. Ctrl-C stops it.`)
  await new Promise(() => {})
}
