import { after } from 'node:test'
import { type AddressObject, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type Mail = {
  returnPath: string
  to: string
  messageId: string
  from: string
  subject: string
  text: string
  html: string
  headers: Map<string, string>
}

/** A mail server that keeps what it takes; `answers` may refuse or break as they like. */
export async function openMailServer(answers: SMTPServerOptions = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false, hideSize: true },
    async onData(stream, session, done) {
      const parsed = await simpleParser(stream)
      const { mailFrom, rcptTo } = session.envelope
      const lines = parsed.headerLines.map(
        ({ key, line }) => [key, line.slice(key.length + 1).trim()] as const
      )
      mails.push({
        returnPath: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address).join(' '),
        messageId: parsed.messageId ?? '',
        from: (parsed.from as AddressObject).text,
        subject: parsed.subject ?? '',
        text: parsed.text ?? '',
        html: parsed.html || '',
        headers: new Map(lines)
      })
      done(null, `OK: queued as ${mails.length}`)
    },
    ...answers
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => new Promise<void>(resolve => server.close(() => resolve())))
  const { port } = server.server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, mails, server }
}
