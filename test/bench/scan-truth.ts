import { readCsv } from '../../src/csv/read.ts'
import type { LostMail } from '../../src/demo/mail-log-host.ts'

/** One row of lost mail as a text, whichever way its time is written. */
export function rowOf({ recipient, receivedAt, sender, messageId, size, queueId }: LostMail): string {
  return JSON.stringify([receivedAt, queueId, recipient, sender, messageId, size])
}

const required = ['recipient', 'received_at', 'sender', 'message_id', 'size', 'queue_id'] as const

/** The rows of a lost-mail file, sorted. */
export async function readRows(file: string): Promise<string[]> {
  const rows: string[] = []
  for await (const read of readCsv(file, { required, optional: ['evidence', 'class'] })) {
    if ('problem' in read) throw new Error(`${file}, line ${read.line}: ${read.problem}`)
    const { recipient, received_at, sender, message_id: messageId, size, queue_id: queueId } = read.values
    const receivedAt = Date.parse(received_at)
    rows.push(
      rowOf({
        recipient,
        receivedAt,
        sender,
        messageId,
        size: size === '' ? undefined : Number(size),
        queueId
      })
    )
  }
  return rows.sort()
}

/** How many rows were found that are not true, and how many true ones were not found; both are sorted. */
export function compare(found: string[], truth: string[]) {
  const [wrong, missed]: [string[], string[]] = [[], []]
  let [at, other] = [0, 0]
  while (at < found.length || other < truth.length) {
    const [one, right] = [found[at], truth[other]]
    if (one === right) [at, other] = [at + 1, other + 1]
    else if (right === undefined || (one !== undefined && one < right)) wrong.push(found[at++] as string)
    else missed.push(truth[other++] as string)
  }
  return { wrong, missed }
}
