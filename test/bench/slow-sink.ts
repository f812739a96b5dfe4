import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// A mail server that forgets what it takes, and answers each message after some milliseconds, as one that writes it to a
// disk does: node test/bench/slow-sink.ts PORT MILLISECONDS
const [port, delay] = process.argv.slice(2).map(Number)

createServer(socket => {
  socket.on('error', () => {})
  socket.setNoDelay()
  socket.write('220 sink ESMTP\r\n')
  let text = ''
  let inMessage = false
  socket.on('data', async data => {
    text += data.toString('latin1')
    for (let end = endIn(); end !== -1; end = endIn()) {
      const line = text.slice(0, end)
      text = text.slice(end + (inMessage ? 5 : 2))
      if (inMessage) await sleep(delay)
      if (socket.writable) socket.write(answer(line))
    }
  })

  function endIn() {
    return text.indexOf(inMessage ? '\r\n.\r\n' : '\r\n')
  }

  function answer(line: string): string {
    if (inMessage) {
      inMessage = false
      return '250 taken\r\n'
    }
    const verb = line.slice(0, 4).toUpperCase()
    inMessage = verb === 'DATA'
    if (verb === 'EHLO') return '250-sink\r\n250 PIPELINING\r\n'
    return inMessage ? '354 go on\r\n' : '250 ok\r\n'
  }
}).listen(port, '127.0.0.1')
