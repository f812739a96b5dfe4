import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const folder = mkdtempSync(path.join(tmpdir(), 'mypage-start-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const port = await freePort()
const base = `http://127.0.0.1:${port}`

/** `npm start` without npm: the same file, on a data folder of its own. */
function start(settings: Record<string, string> = {}) {
  const { DATABASE_URL, ...env } = process.env
  const main = path.join(import.meta.dirname, '../../src/main.ts')
  const set = { DATA_DIR: path.join(folder, 'data'), PORT: String(port), ...settings }
  const child = spawn(process.execPath, [main], { env: { ...env, ...set } })
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (said.text += data))
  return { child, said }
}

async function untilServing({ child, said }: ReturnType<typeof start>) {
  while (!said.text.includes('MyPage is running at')) {
    assert.equal(child.exitCode, null, said.text)
    await sleep(50)
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const postmasterPid = () => {
  const file = path.join(folder, 'data/postgres/postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
}

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

test('the first start makes a database, loads the demo and says where to go and who can log in', async () => {
  const portal = start()
  await untilServing(portal)
  for (const words of [
    base,
    `${base}/login/individual`,
    'hanako',
    'sakura-2017-hanako',
    'A0012345',
    'Ctrl-C'
  ])
    assert.ok(portal.said.text.includes(words), words)
  assert.match(await (await fetch(base)).text(), /第2報/)

  const second = start({ DATA_DIR: path.join(folder, 'other') })
  assert.equal(await ended(second.child), 1)
  assert.match(
    second.said.text,
    new RegExp(`Port ${port} on 127.0.0.1 is in use.*PORT=${port + 1} npm start`, 's')
  )

  portal.child.kill('SIGKILL')
  await ended(portal.child)
})

test('after a crash the next start goes on with the server that was left, and Ctrl-C leaves nothing', async () => {
  const left = postmasterPid()
  assert.ok(left && isAlive(left), 'the crash has left the server running')
  const portal = start()
  await untilServing(portal)
  assert.equal(postmasterPid(), left)
  assert.equal((await fetch(base)).status, 200)
  portal.child.kill('SIGINT')
  assert.equal(await ended(portal.child), 0)
  assert.equal(isAlive(left), false)
  assert.equal(postmasterPid(), undefined)
})

test('a postmaster.pid left over from a crash of the machine does not keep the next start from working', async () => {
  const portal = start()
  await untilServing(portal)
  const pid = postmasterPid()
  assert.ok(pid)
  process.kill(pid, 'SIGKILL')
  portal.child.kill('SIGKILL')
  await ended(portal.child)
  while (isAlive(pid)) await sleep(20)
  assert.equal(postmasterPid(), pid, 'the file is still there')
  const again = start()
  await untilServing(again)
  again.child.kill('SIGTERM')
  assert.equal(await ended(again.child), 0)
})

test('wrong settings are all told at once, and nothing is started', async () => {
  const { child, said } = start({ PORT: 'three', ACCENT_COLOR: '#ffff00', BASE_URL: 'http://mypage.example' })
  assert.equal(await ended(child), 1)
  assert.match(said.text, /PORT must be integer/)
  const other = start({
    ACCENT_COLOR: '#ffff00',
    BASE_URL: 'http://mypage.example',
    TRUSTED_PROXIES: 'proxy'
  })
  assert.equal(await ended(other.child), 1)
  assert.match(other.said.text, /ACCENT_COLOR has a contrast of 1\.1:1/)
  assert.match(other.said.text, /BASE_URL must be https/)
  assert.match(other.said.text, /TRUSTED_PROXIES: proxy is not a CIDR/)
  assert.doesNotMatch(other.said.text, /\.ts:\d+/, 'no stack trace')
})
