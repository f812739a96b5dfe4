import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTestDatabase } from '../helpers/database.ts'
import { secret } from '../helpers/portal.ts'

const { url, pool } = await openTestDatabase()
const main = path.join(import.meta.dirname, '../../src/main.ts')

function start(settings: Record<string, string>) {
  const env = { ...process.env, PORTAL_SECRET: secret, PORT: '0', LOG_LEVEL: 'info', ...settings }
  const child = spawn(process.execPath, [main], { env })
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (said.text += data))
  return { child, said }
}

test('on SIGTERM a request under way is finished, its connection closed, and the process ends', async () => {
  const { child, said } = start({ DATABASE_URL: url })
  let base: string | undefined
  while (!base) {
    base = /listening at (http:[^"]+)/.exec(said.text)?.[1]
    await sleep(20)
  }
  const holder = await pool.connect()
  await holder.query('begin; lock table reports')
  const agent = new Agent({ keepAlive: true })
  const answered = new Promise<IncomingMessage>(resolve => get(base, { agent }, resolve))
  while (!/GET/.test(said.text)) await sleep(20)
  child.kill('SIGTERM')
  await sleep(200)
  await holder.query('rollback')
  holder.release()
  const response = await answered
  response.resume()
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers.connection, 'close')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.doesNotMatch(said.text, /killed by timeout/)
})

test('a database that does not answer is told in one line', async () => {
  const { child, said } = start({ DATABASE_URL: 'postgres://mypage:wrong@127.0.0.1:1/mypage' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 1)
  assert.match(said.text, /^The database of DATABASE_URL does not answer: .*ECONNREFUSED.*\n$/)
})
