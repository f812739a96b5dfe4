import path from 'node:path'
import type { Database } from '../database/tables.ts'
import { addReportIn } from '../reports/at-once.ts'
import { readTexts } from '../reports/files.ts'

const folder = path.join(import.meta.dirname, 'reports')
const actor = { kind: 'command' as const, name: 'demo' }

/** In their order; each is a file for each language. */
export const demoReports = [
  { name: '1', published_at: new Date('2017-04-14T10:00:00+09:00') },
  { name: '2', published_at: new Date('2017-04-18T15:00:00+09:00') }
]

/** All or none. */
export async function publishReports(db: Database, incidentId: string) {
  await db.transaction().execute(async tx => {
    for (const { name, published_at: at } of demoReports) {
      const [ja, en] = ['ja', 'en'].map(language => path.join(folder, `${name}.${language}.md`))
      await addReportIn(tx, { incidentId, text: readTexts(ja as string, en as string), at, actor })
    }
  })
}
