import os from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openPool } from '../database/connect.ts'
import { loadScope } from '../scopes/load.ts'
import { describeRisks } from '../scopes/wording.ts'
import { Failure } from '../terminal/failure.ts'
import type { LoadWanted, Told } from './load-job.ts'

const { url, wanted } = workerData as { url: string; wanted: LoadWanted }
// Of this thread alone: pages come first.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
const pool = openPool(url, { connections: 1, statementTimeout: 0 })
try {
  const { version, fresh, apart, files, coverage } = await loadScope(pool, {
    ...wanted,
    problems: undefined,
    show: (_label, total, unit) => ({ at: done => tell({ step: unit, done, total }), end: () => {} })
  })
  tell({ version, fresh, lines: [...apart, ...describeRisks(files, coverage)] })
} catch (error) {
  if (!(error instanceof Failure)) throw error
  tell({ failure: error.message })
} finally {
  await pool.end()
}

function tell(told: Told) {
  parentPort?.postMessage(told)
}
