import os from 'node:os'
import type { CoverageGap } from '../database/tables.ts'
import { knownIncident } from '../incidents/asked.ts'
import type { Incident } from '../incidents/queries.ts'
import { readTime } from '../incidents/time.ts'
import type { CommandPortal, Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { commandActor } from '../terminal/operator.ts'
import { type Loaded, loadScope } from './load.ts'
import { describeCoverage, describeRisks, describeTotals } from './wording.ts'

export const loadCommands: Commands = (scope, withPortal) => {
  scope
    .command('load')
    .description('load lost-mail files as one draft')
    .argument('<incident>')
    .argument('<file...>', 'CSV: recipient,received_at,sender,message_id,size,queue_id; or recipient alone')
    .option('--gap <from/to...>', 'time span that the logs do not cover; nobody reads "not affected" then')
    .option('--problems <file>', 'write all lines with problems to this CSV file')
    .action((slug: string, files: string[], asked: { gap?: string[]; problems?: string }) =>
      withPortal(portal => load(portal, { slug, files, ...asked }))
    )
}

type Asked = { slug: string; files: string[]; gap?: string[]; problems?: string }

async function load({ db, pool }: CommandPortal, { slug, files, gap = [], problems }: Asked) {
  // Reading a large file keeps a core busy for minutes: pages of the same machine come first.
  os.setPriority(os.constants.priority.PRIORITY_LOW)
  const incident = await knownIncident(db, slug)
  const gaps = gap.map(text => readGap(text, incident))
  const loaded = await loadScope(pool, { incident, files, gaps, problems, actor: commandActor() })
  for (const line of loaded.apart) console.error(line)
  console.log(describeOutcome(loaded, files.length > 1))
  const { totals, domains, coverage } = loaded
  const lines = [...describeTotals(totals, domains), ...describeCoverage(coverage, incident.zone)]
  for (const line of lines) console.log(`  ${line}`)
  for (const line of describeRisks(loaded.files, coverage)) console.log(line)
  if (loaded.fresh) console.log(`Next: mypage scope publish ${slug} ${loaded.version}`)
}

function readGap(text: string, { zone, starts_at, ends_at }: Incident): CoverageGap {
  const [from, to, ...rest] = text.split('/')
  if (!from || !to || rest.length > 0) throw new Failure(`--gap: "${text}" is not FROM/TO`)
  const [start, end] = [readTime('--gap', from, zone), readTime('--gap', to, zone)]
  if (start >= end) throw new Failure(`--gap: "${text}" ends before it starts`)
  if (end <= starts_at || start >= ends_at) throw new Failure(`--gap: "${text}" is outside the window`)
  return { from: start.toISOString(), to: end.toISOString() }
}

function describeOutcome({ version, before, fresh }: Loaded, many: boolean): string {
  if (!before) return `Scope version ${version} is a draft.`
  const [these, file] = many ? ['These files are', 'files'] : ['This file is', 'file']
  if (!fresh) return `${these} scope version ${version} already; nothing was loaded.`
  const changes = `recipients with an owner now: ${before.found}, affected addresses with another: ${before.moved}`
  return `Scope version ${version} is a draft of the same ${file} as version ${before.version} (${changes}).`
}
