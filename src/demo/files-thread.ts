import { parentPort, workerData } from 'node:worker_threads'
import { scan } from '../scan/run.ts'
import { providerDomains } from './addresses.ts'
import { filesIn, writeMembers } from './files.ts'
import { demoIncident } from './incident.ts'
import { writeDemoLog } from './mail-log-demo.ts'

const folder: string = workerData
const { log, lostMail } = filesIn(folder)
const { starts_at, ends_at, zone } = demoIncident

await writeMembers(folder)
parentPort?.postMessage('members')
await writeDemoLog(log)
await scan({
  names: [log],
  window: { from: starts_at.getTime(), to: ends_at.getTime() },
  deciding: { rules: [], domains: providerDomains },
  out: lostMail,
  grouped: false,
  ...{ zone, year: undefined, host: undefined, silence: undefined }
})
