import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import type { Config } from '../config.ts'

export type CaughtMail = { id: number; at: Date; to: string; subject: string; headers: string; text: string }

/** Older ones are forgotten. */
const keptAtMost = 2_000

/** The mail server of the demo: what it takes goes nowhere, and can be read at `/demo/mail`. */
export class Catcher {
  readonly mails: CaughtMail[] = []
  count = 0
  readonly #server: SMTPServer

  constructor() {
    this.#server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false, hideSize: true },
      onData: (stream, session, done) => {
        simpleParser(stream, { skipHtmlToText: true, skipTextToHtml: true })
          .then(({ subject = '', text = '', headerLines }) => {
            const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
            const headers = headerLines.map(({ line }) => line).join('\n')
            this.mails.push({ id: ++this.count, at: new Date(), to, subject, headers, text })
            if (this.mails.length > keptAtMost) this.mails.shift()
            done(null, `kept as ${this.count}`)
          })
          .catch(error => done(error as Error))
      }
    })
    this.#server.on('error', () => {})
  }

  /** Listens on this machine alone, and leaves its address where commands look for it. */
  async open(config: Config) {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.server.address() as { port: number }
    mkdirSync(config.dataDir, { recursive: true })
    writeFileSync(addressFile(config), `smtp://127.0.0.1:${port}\n`)
  }

  async close(config: Config) {
    rmSync(addressFile(config), { force: true })
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}

function addressFile({ dataDir }: Config): string {
  return path.join(dataDir, 'mail-server')
}
