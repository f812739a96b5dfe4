import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { after, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { webhook } from '../../src/watch/channels.ts'
import { type Post, Posts } from '../../src/watch/posts.ts'
import { append, discarded, minutes, watch, watchFolder, watchOnce, words, write } from '../helpers/watch.ts'

const folder = watchFolder()
const quiet = (name: string) => write(path.join(folder, name), minutes(0, 130))
const loss = minutes(130, 140, () => discarded())

/** A web server that refuses the first posts. */
async function webServer(refuses: number) {
  const posts: { subject: string; text: string; alarm: Record<string, unknown> }[] = []
  let asked = 0
  const server = createServer(async (request, response) => {
    const body = await Array.fromAsync(request)
    if (++asked > refuses) posts.push(JSON.parse(Buffer.concat(body).toString()))
    response.writeHead(asked > refuses ? 204 : 503).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-token` }
}

test('a webhook gets the alarm as JSON, also when it was away at first; its address is not told', async () => {
  const { posts, url } = await webServer(1)
  const log = quiet('hook.log')
  const watched = watch([log, '--webhook', url])
  await watched.says(/Watching/)
  append(log, loss)
  await watched.says(/ALARM/)
  await watched.says(/The webhook at 127\.0\.0\.1:\d+ did not take .*: it answered 503\. Again in 1 s\./)
  while (posts.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
  await watched.stop()
  const [post] = posts
  assert.equal(post?.subject, 'Mail is lost: discarded by transport')
  assert.match(
    post?.text ?? '',
    /^Mail is lost: discarded by transport\nALARM .*\n {2}since {4}2026-11-20T02:10:10\n/
  )
  const { key, state, kind, first, messages, hosts } = post?.alarm ?? {}
  assert.deepEqual(
    { key, state, kind, first, messages, hosts },
    {
      ...{
        key: 'discarded by transport',
        state: 'open',
        kind: 'flow',
        first: Date.parse('2026-11-20T02:10:10Z')
      },
      ...{ messages: 4, hosts: ['mx1'] }
    }
  )
  assert.doesNotMatch(watched.stdout + watched.stderr, /secret-token/)
})

test('name and password of a webhook go into a header, and are not told', async () => {
  const server = createServer((request, response) => {
    asked.push(request.headers)
    response.writeHead(204).end()
  })
  const asked: { authorization?: string | undefined }[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { name, send } = webhook(`http://ops:p%40ss@127.0.0.1:${port}/`)
  await send({ subject: '', text: '', alarm: {} }, AbortSignal.timeout(5_000))
  assert.equal(asked[0]?.authorization, `Basic ${Buffer.from('ops:p@ss').toString('base64')}`)
  assert.equal(name, `The webhook at 127.0.0.1:${port}`)
})

test('of more than a hundred posts that wait the oldest are given up, and told', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const sent: string[] = []
  const told: string[] = []
  const send = async ({ subject }: Post) => {
    await promise
    sent.push(subject)
  }
  const posts = new Posts([{ name: 'The chat', send }], problem => told.push(problem))
  // The first is under way, and a hundred wait.
  for (let number = 0; number <= 102; number++) posts.post({ subject: `${number}`, text: '', alarm: {} })
  resolve()
  await posts.end(1_000)
  assert.deepEqual([sent.length, ...sent.slice(0, 2), sent.at(-1)], [101, '0', '3', '102'])
  assert.deepEqual(told, [
    'The chat: more than 100 alarms wait; "1" is given up.',
    'The chat: more than 100 alarms wait; "2" is given up.'
  ])
})

test('what a stranger said is no call and no link in a chat', async () => {
  const { posts, url } = await webServer(0)
  const nasty = () => ({ ...discarded(), status: 'sent (R&D <!channel> <https://x.example|here>)' })
  const log = write(path.join(folder, 'chat.log'), [...minutes(0, 130), ...minutes(130, 140, nasty)])
  await watchOnce([log, '--webhook', url])
  assert.match(
    posts[0]?.text ?? '',
    / line .* to=&lt;…@aoba\.example&gt;, .* \(R&amp;D &lt;!channel&gt; &lt;https:\/\/x\.example\|here&gt;\)\n/
  )
})

test('a webhook that never answers keeps nobody from watching, nor from ending', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  after(() => silent.closeAllConnections())
  after(() => silent.close())
  const { port } = silent.address() as AddressInfo
  const log = write(path.join(folder, 'never.log'), [...minutes(0, 130), ...loss, ...minutes(140, 200)])
  const began = Date.now()
  const watched = await watchOnce([log, '--webhook', `http://127.0.0.1:${port}/`])
  assert.deepEqual(words(watched).at(-1), 'OVER  Mail is lost: discarded by transport')
  assert.match(watched.stderr, /did not take "Mail is lost: discarded by transport": .* It is given up\./)
  assert.ok(Date.now() - began < 15_000)
})

test('mail goes out through the server of the settings, and what a stranger wrote adds no header to it', async () => {
  const mails: { to: string[]; text: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, { envelope }, done) {
      Array.fromAsync(stream).then(pieces => {
        mails.push({
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(pieces as Buffer[]).toString()
        })
        done()
      }, done)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  after(() => server.close())
  const { port } = server.server.address() as AddressInfo
  const nasty = minutes(130, 140, () => ({
    ...{
      to: 'hanako@aoba.example',
      program: 'smtp',
      status: 'sent (250 2.0.0 discarded\rBcc: all@aoba.example)'
    },
    relay: 'relay\rBcc:x[10.0.0.1]:25'
  }))
  const log = write(path.join(folder, 'mail.log'), [...minutes(0, 130), ...nasty])
  const settings = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'watch@aoba.example' }
  await watchOnce([log, '--mail', 'ops@aoba.example', 'duty@aoba.example'], settings)
  const [mail] = mails
  assert.deepEqual(mail?.to, ['ops@aoba.example', 'duty@aoba.example'])
  const [head = '', body = ''] = mail?.text.split('\r\n\r\n') ?? []
  assert.match(head, /^From: watch@aoba\.example$/m)
  assert.match(head, /^Subject: \[MyPage\] Mail is lost: discarded by reply$/m)
  assert.match(head, /^Auto-Submitted: auto-generated$/m)
  assert.doesNotMatch(head, /Bcc/)
  assert.match(body, /mypage scan /)
})

test('what is new does not wait for as long as what could not be posted before', async () => {
  const posted: string[] = []
  let refuses = 3
  const send = async ({ subject }: Post) => {
    if (refuses-- > 0) throw new Error('away')
    posted.push(subject)
  }
  const told: string[] = []
  const posts = new Posts([{ name: 'it', send }], problem => told.push(problem))
  posts.post({ subject: 'old', text: '', alarm: {} })
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise(resolve => setTimeout(resolve, 20))
  }
  await until(() => told.length === 3)
  assert.match(told[2] ?? '', /Again in 30 s/)
  posts.post({ subject: 'new', text: '', alarm: {} })
  const slow = new Promise<boolean>(resolve => setTimeout(resolve, 10_000, false))
  assert.ok(await Promise.race([until(() => posted.length === 2).then(() => true), slow]))
  assert.deepEqual(posted, ['old', 'new'])
  await posts.end(1)
})
