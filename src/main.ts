import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { openPool, queriesOn } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { findDatabase } from './database/open.ts'
import { removeExpired } from './sign-in/queries.ts'

const hour = 60 * 60 * 1_000

const config = readConfig()
const { url, leave } = await findDatabase(config)
const pool = openPool(url, { connections: 10, statementTimeout: 10_000 })
const signInPool = openPool(url, { connections: 6, statementTimeout: 10_000 })
const [db, signInDb] = [queriesOn(pool), queriesOn(signInPool)]
await migrate(db)
const app = await buildApp({ config, db, pool, signInDb })
await app.listen({ host: config.host, port: config.port })
const cleaning = setInterval(() => removeExpired(db).catch(error => app.log.error(error)), hour)

closeWithGrace({ delay: 10_000, logger: app.log }, async () => {
  clearInterval(cleaning)
  await app.close()
  await Promise.all([db.destroy(), signInDb.destroy()])
  await leave()
})
