import { type Clock, newClock } from './mail-log-clock.ts'
import { longQueueId, shortQueueId } from './mail-log-ids.ts'
import { type Random, whole } from './random.ts'

export type QueueFile = { id: string; inode: number }

/** A message that was lost for a recipient, as a right scan of the log tells it. */
export type LostMail = {
  recipient: string
  /** When the first file of the message became active or was discarded: milliseconds, whole seconds. */
  receivedAt: number
  sender: string
  /** '' where the log does not tell it. */
  messageId: string
  /** Bytes; undefined where the log does not tell them. */
  size: number | undefined
  queueId: string
}

/** A mail host: its random numbers, its time, and what is taken and becomes free on it. */
export type Host = Clock & {
  name: string
  random: Random
  /** A process of a service that does nothing else until `until`, as syslog names it. */
  process: (service: string, until: number) => string
  openFile: (at: number) => QueueFile
  removeFile: (at: number, file: QueueFile) => void
  /** What somebody is going to delete from the queue, and when. */
  deletions: Map<number, QueueFile[]>
  tellLost: (lost: LostMail) => void
}

type HostOptions = Pick<Host, 'name' | 'random' | 'tellLost'> & { longIds: boolean }

export function newHost({ name, random, longIds, tellLost }: HostOptions): Host {
  const clock = newClock()
  const newId = longIds ? longQueueId : shortQueueId
  const idle = new Map<string, string[]>()
  const freeInodes: number[] = []
  let lastPid = 1_200
  let lastInode = 0x21a000
  const start = (service: string) => {
    lastPid += whole(random, 1, 9)
    return `${service}[${lastPid}]`
  }
  return {
    ...clock,
    name,
    random,
    tellLost,
    deletions: new Map(),
    process(service, until) {
      let waiting = idle.get(service)
      if (!waiting) idle.set(service, (waiting = []))
      const process = waiting.pop() ?? start(service)
      // Postfix ends a process after a hundred uses; the time to be idle begins with the next second.
      if (random() > 0.01) clock.later(until + 1_000, () => waiting.push(process))
      return process
    },
    openFile(at) {
      const inode = freeInodes.pop() ?? (lastInode += whole(random, 1, 9))
      return { id: newId(at, whole(random, 0, 999), inode), inode }
    },
    // File systems give the inode that became free to the next file: that is why short IDs come again.
    removeFile(at, { inode }) {
      clock.later(at + 1_000, () => freeInodes.push(inode))
    }
  }
}
