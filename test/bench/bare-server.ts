import { fastify } from 'fastify'
import { openPool } from '../../src/database/connect.ts'

// The least that a page from a database can cost: one route, one prepared select by key, JSON.
const pool = openPool(process.env.DATABASE_URL ?? '', { connections: 10, statementTimeout: 10_000 })
const app = fastify({ logger: { level: 'warn' } })
const text = 'select id, login_id, kind, name, language from accounts where id = $1'
app.get('/accounts/:id', async request => {
  const { id } = request.params as { id: string }
  return (await pool.query({ name: 'account', text, values: [id] })).rows[0]
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
