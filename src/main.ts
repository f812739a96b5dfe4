import { createServer } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { type Config, readConfig } from './config.ts'
import { migrate } from './database/migrate.ts'
import { findDatabase } from './database/open.ts'
import { removeExpired } from './sign-in/queries.ts'
import { Failure } from './terminal/failure.ts'
import { openPortal } from './web/portal.ts'

const hour = 60 * 60 * 1_000

/** What has to be let go of at the end, last first, also when the end comes in the middle of the start. */
const held = new AsyncDisposableStack()
const starting = start()
const ending = closeWithGrace({ delay: 15_000 }, async ({ err }) => {
  if (err) console.error(err)
  await held.disposeAsync()
})

try {
  await starting
} catch (error) {
  if (!held.disposed) {
    console.error(error instanceof Failure ? error.message : error)
    await held.disposeAsync()
    ending.uninstall()
    process.exitCode = 1
  }
}

async function start() {
  const config = readConfig()
  await checkPort(config)
  // The demo is not there in production, nor is what it needs.
  const demo = config.embedded ? await import('./demo/welcome.ts') : undefined
  const begun = demo?.beginDemo(config)
  const found = findDatabase(config)
  held.defer(() =>
    found.then(
      ({ leave }) => leave(),
      () => {}
    )
  )
  const { url } = await found
  const { portal, close } = openPortal(config, url)
  held.defer(close)
  await migrate(portal.db)
  await demo?.prepareDemo(config, url, begun)
  const app = await buildApp(portal)
  held.defer(() => app.close())
  await demo?.catchMail(config, app, held)
  await app.listen({ host: config.host, port: config.port })
  const cleaning = setInterval(() => removeExpired(portal.db).catch(error => app.log.error(error)), hour)
  held.defer(() => clearInterval(cleaning))
  demo?.welcome(config)
}

/** Looks first, so that a busy port is told at once and not after a database was made. */
function checkPort({ host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portProblem(error, { host, port })))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

function portProblem(error: NodeJS.ErrnoException, { host, port }: Pick<Config, 'host' | 'port'>): Error {
  if (error.code === 'EADDRINUSE')
    return new Failure(
      `Port ${port} on ${host} is in use, perhaps by another MyPage.\n` +
        `Stop that one, or take another port: PORT=${port + 1} npm start`
    )
  if (error.code === 'EACCES')
    return new Failure(`Port ${port} is only for root. Take another port: PORT=3000 npm start`)
  return error
}
