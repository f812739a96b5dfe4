import { workerData } from 'node:worker_threads'
import type { Incident } from '../incidents/queries.ts'
import { scan } from '../scan/run.ts'
import { filesIn } from './files.ts'
import { writeDemoLog } from './mail-log-demo.ts'

const { folder, incident } = workerData as { folder: string; incident: Incident }
const { log, lostMail } = filesIn(folder)
const { starts_at, ends_at, zone, domains } = incident

await writeDemoLog(log)
await scan({
  names: [log],
  window: { from: starts_at.getTime(), to: ends_at.getTime() },
  deciding: { rules: [], domains },
  out: lostMail,
  grouped: false,
  ...{ zone, year: undefined, host: undefined, silence: undefined }
})
