import type { Config } from '../config.ts'
import { joinEmbedded } from './embedded.ts'

/** The address of the database that the settings name, or of the embedded one, and how to let go of it. */
export async function findDatabase(config: Config): Promise<{ url: string; leave: () => Promise<void> }> {
  if (!config.embedded) return { url: config.databaseUrl, leave: async () => {} }
  return joinEmbedded(config.dataDir)
}
