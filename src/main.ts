import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { migrate } from './database/migrate.ts'
import { findDatabase } from './database/open.ts'
import { removeExpired } from './sign-in/queries.ts'
import { openPortal } from './web/portal.ts'

const hour = 60 * 60 * 1_000

const config = readConfig()
const { url, leave } = await findDatabase(config)
const { portal, close } = openPortal(config, url)
await migrate(portal.db)
const app = await buildApp(portal)
await app.listen({ host: config.host, port: config.port })
const cleaning = setInterval(() => removeExpired(portal.db).catch(error => app.log.error(error)), hour)

closeWithGrace({ delay: 10_000, logger: app.log }, async () => {
  clearInterval(cleaning)
  await app.close()
  await close()
  await leave()
})
