import { sendThroughFaults } from '../helpers/notice-faults.ts'
import { stages } from '../helpers/smtp-sink.ts'

const kills = Number(process.env.KILLS ?? 200)
const notices = Number(process.env.NOTICES ?? 12_000)
const seed = Number(process.env.SEED ?? 1)

export const description =
  `${notices} notices by two workers of which one is killed ${kills} times (kill -9), with ten restarts of PostgreSQL and ` +
  'one connection in fifty broken at each stage of SMTP: what is missing, twice, or not told as unknown. Takes five minutes; ' +
  'KILLS, NOTICES and SEED change it'

export async function run() {
  const survived = await sendThroughFaults({ notices, kills, restarts: 10, breaks: 0.02, seed })
  const { accepted, missing, twice, untold, unknown, left, broken } = survived
  const rows = {
    'workers killed': survived.kills,
    'PostgreSQL restarted': survived.restarts,
    ...Object.fromEntries(stages.map(stage => [`connections broken: ${stage}`, broken[stage]])),
    'unknown before the log was read': unknown,
    'accepted in the end': `${accepted} of ${notices}`,
    'accepted, but not at the mail server': missing.length,
    'twice at the mail server, or not in the ledger': twice.length,
    'broken after the dot, not told as unknown': untold.length,
    'neither accepted nor told': left
  }
  const wrong = missing.length + twice.length + untold.length + left
  const table = Object.entries(rows).map(([what, measured]) => ({ what, measured }))
  return {
    table,
    result: { name: 'notices-faults', ours: wrong, reference: 0, ratio: null, unit: 'notices' }
  }
}
