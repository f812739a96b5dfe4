import { createWriteStream } from 'node:fs'
import { createServer, type Socket } from 'node:net'

/**
 * Where a connection may break: when it is made, after EHLO, MAIL, RCPT or DATA; after the final dot, when the message
 * was taken, or was not.
 */
export const stages = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'taken', 'not taken'] as const
export type Stage = (typeof stages)[number]

export type Sink = {
  url: string
  /** How often a message of each Message-ID was taken. */
  taken: Map<string, number>
  /** Those whose connection broke after the final dot. */
  brokenAfterDot: Set<string>
  broken: Record<Stage, number>
  /** As if the log went on for some minutes. */
  endLog: () => void
  close: () => Promise<void>
}

/**
 * A mail server that takes messages and forgets them, over real TCP, and breaks connections where it is told to.
 * It writes a log as Postfix would.
 */
export async function openSink(log: string, breaks: (stage: Stage) => boolean): Promise<Sink> {
  const output = createWriteStream(log, { flags: 'a' })
  const taken = new Map<string, number>()
  const brokenAfterDot = new Set<string>()
  const broken = Object.fromEntries(stages.map(stage => [stage, 0])) as Sink['broken']
  const sockets = new Set<Socket>()
  let queued = 0
  const says = (program: string, text: string, at = Date.now()) =>
    output.write(
      `${new Date(at).toISOString().replace('Z', '+00:00')} relay postfix/${program}[100]: ${text}\n`
    )
  /** A log tells what was not taken only where it goes on for a while before and after. */
  const goOn = (from: number, to: number) => {
    for (let minute = from; minute <= to; minute++)
      says('anvil', 'statistics: max cache size 1', Date.now() + minute * 60_000)
  }
  goOn(-10, 0)

  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    let text = ''
    let inMessage = false
    let recipient = ''
    if (dropped('connect')) return
    socket.write('220 sink ESMTP\r\n')
    socket.on('data', data => {
      text += data.toString('latin1')
      for (;;) {
        if (inMessage) {
          const end = text.indexOf('\r\n.\r\n')
          if (end === -1) return
          const message = text.slice(0, end)
          text = text.slice(end + 5)
          inMessage = false
          if (!take(message)) return
          continue
        }
        const end = text.indexOf('\r\n')
        if (end === -1) return
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (!answer(line)) return
      }
    })

    function answer(line: string): boolean {
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO') return !dropped('ehlo') && socket.write('250 sink\r\n') !== undefined
      if (verb === 'MAIL') return !dropped('mail') && socket.write('250 ok\r\n') !== undefined
      if (verb === 'RCPT') {
        recipient = /<(.*)>/.exec(line)?.[1] ?? ''
        return !dropped('rcpt') && socket.write('250 ok\r\n') !== undefined
      }
      if (verb === 'DATA') {
        if (dropped('data')) return false
        inMessage = true
        return socket.write('354 go on\r\n') !== undefined
      }
      if (verb === 'QUIT') {
        socket.end('221 bye\r\n')
        return false
      }
      return socket.write('250 ok\r\n') !== undefined
    }

    function take(message: string): boolean {
      const id = /^message-id: *(?:\r\n )?(<[^>]+>)/im.exec(message)?.[1] ?? ''
      if (dropped('not taken')) {
        brokenAfterDot.add(id)
        return false
      }
      const queueId = `4${String(++queued).padStart(9, '0')}zBCD`
      taken.set(id, (taken.get(id) ?? 0) + 1)
      says('smtpd', `${queueId}: client=portal[127.0.0.1]`)
      says('cleanup', `${queueId}: message-id=${id}`)
      says('qmgr', `${queueId}: from=<bounce@aoba.example>, size=${message.length}, nrcpt=1 (queue active)`)
      says(
        'smtp',
        `${queueId}: to=<${recipient}>, relay=mx[192.0.2.1]:25, delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)`
      )
      says('qmgr', `${queueId}: removed`)
      if (dropped('taken')) {
        brokenAfterDot.add(id)
        return false
      }
      return socket.write(`250 queued as ${queueId}\r\n`) !== undefined
    }

    function dropped(stage: Stage): boolean {
      if (!breaks(stage)) return false
      broken[stage]++
      socket.destroy()
      return true
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const endLog = () => goOn(0, 10)
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
    await new Promise(resolve => output.end(resolve))
  }
  return { url: `smtp://127.0.0.1:${port}`, taken, brokenAfterDot, broken, endLog, close }
}
