import type { LostMail } from '../../src/demo/mail-log-host.ts'
import type { LossKind } from '../../src/demo/mail-log-messages.ts'

/** What a delivery line tells: the service, the relay, and the rest from the status on. */
type Delivery = { service: string; relay: string; status: string }
type IsLost = (delivery: Delivery) => boolean

export const isLostBy: Record<LossKind, IsLost> = {
  discard: ({ service }) => service === 'discard',
  relay: ({ relay }) => relay === 'old-store.provider.example[10.0.9.9]:25',
  'null-file': ({ status }) => status === 'sent (delivered to file: /dev/null)',
  'cleanup-discard': () => false,
  'deferred-deleted': ({ status }) => status.startsWith('deferred')
}

type File = {
  id: string
  parent: File | undefined
  child?: File
  messageId: string
  active?: { at: number; sender: string; size: number }
  discarded?: { at: number; sender: string; recipient: string }
  deliveries: Map<string, Delivery>
}

/** Reads a generated log of one host in April 2017, slowly, one regular expression after the other. */
export function findLostMail(lines: string[], isLost: IsLost): LostMail[] {
  const files = readFiles(lines)
  return files
    .filter(({ parent }) => !parent)
    .flatMap(file => {
      const { id, messageId, active, child } = file
      const told = active ?? file.discarded
      if (!told) return []
      const row = { receivedAt: told.at, sender: told.sender, messageId, size: active?.size, queueId: id }
      if (file.discarded) return [{ ...row, recipient: file.discarded.recipient }]
      const { deliveries } = child?.active ? child : file
      return [...deliveries]
        .filter(([, delivery]) => child?.discarded || isLost(delivery))
        .map(([recipient]) => ({ ...row, recipient }))
    })
}

function readFiles(lines: string[]): File[] {
  const files: File[] = []
  const current = new Map<string, File>()
  const begin = (id: string, parent?: File) => {
    const file: File = { id, parent, messageId: '', deliveries: new Map() }
    if (parent) parent.child = file
    files.push(file)
    current.set(id, file)
    return file
  }
  for (const line of lines) {
    const [, time = '', service = '', id = '', text = ''] =
      /^(Apr 1[34] [\d:]{8}) mx1 postfix\/(?:\w+\/)?(\w+)\[\d+\]: (\w{6,}): (.*)$/.exec(line) ?? []
    const at = Date.parse(`${time} 2017 GMT+0900`)
    const client = /^client=[^,]*(?:, orig_queue_id=(\w+))?/.exec(text)
    if (client) begin(id, current.get(client[1] ?? ''))
    const [, messageId] = /^message-id=(.*)$/.exec(text) ?? []
    if (messageId !== undefined) (current.get(id) ?? begin(id)).messageId = messageId
    const file = current.get(id)
    if (!file) continue
    const [, sender, size] = /^from=<(.*)>, size=(\d+), nrcpt=\d+ \(queue active\)$/.exec(text) ?? []
    if (sender !== undefined) file.active ??= { at, sender, size: Number(size) }
    const [, from, last] = /^discard: .*; from=<(.*)> to=<(.*)> proto=/.exec(text) ?? []
    if (from !== undefined) file.discarded = { at, sender: from, recipient: last as string }
    const [, to, origTo, relay, status] =
      /^to=<(.*?)>, (?:orig_to=<(.*?)>, )?relay=(.*?), delay=.*?, dsn=.*?, status=(.*)$/.exec(text) ?? []
    if (status) file.deliveries.set((origTo ?? to) as string, { service, relay: relay as string, status })
    if (text === 'removed' || file.discarded) current.delete(id)
  }
  return files
}
