import { setTimeout as sleep } from 'node:timers/promises'

/** Until what was published is to be seen: public pages stand in memory for a second. */
export function untilSeen(): Promise<void> {
  return sleep(1_050)
}
