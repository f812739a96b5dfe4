import path from 'node:path'
import type { Database } from '../database/tables.ts'
import { readTexts } from '../reports/files.ts'
import { insertReport } from '../reports/queries.ts'

const folder = path.join(import.meta.dirname, 'reports')

/** In their order; each is a file for each language. */
export const demoReports = [
  { name: '1', published_at: new Date('2017-04-14T10:00:00+09:00') },
  { name: '2', published_at: new Date('2017-04-18T15:00:00+09:00') }
]

/** All or none. */
export async function publishReports(db: Database, incidentId: string) {
  await db.transaction().execute(async tx => {
    for (const { name, published_at } of demoReports) {
      const [ja, en] = ['ja', 'en'].map(language => path.join(folder, `${name}.${language}.md`))
      await insertReport(tx, incidentId, { ...readTexts(ja as string, en as string), published_at })
    }
  })
}
