import type { Finding } from './detector.ts'
import { minuteLength } from './minute.ts'

/** An alarm as it is told, kept and posted. Times are milliseconds since the epoch, of the log. */
export type Alarm = {
  key: string
  kind: Finding['kind']
  state: 'open' | 'over' | 'accepted'
  /** When the first and the last of its mail was logged. */
  first: number
  last: number
  /** When it was noticed. */
  opened: number
  /** Recipients, and their messages; of mail without a word the most that waited at a time. */
  count: number
  messages: number
  usual: number
  hosts: string[]
  /** Recipients by domain, those with most first. */
  domains: [string, number][]
  /** Who took the mail, as the log has it. */
  group: string
  /** An example line without addresses, and where it stands: `file@offset`. */
  line: string
  evidence: string
  /** The draft incident, once there is one. */
  incident: string | undefined
  /** How often it was told, and when it is next. */
  told: number
  tellNext: number
}

/** How long after it was noticed an alarm is told again, and from then on every hour; in minutes. */
const again = [5, 15, 30, 60]
/** In minutes. */
const quiet = 10
const acceptedAfter = 24 * 60
const keptDomains = 20

type Alarming = {
  /** Names what a finding is about, when its alarm opens. */
  describe: (finding: Finding) => Promise<Pick<Alarm, 'group' | 'line' | 'evidence'>>
  /** Is told of each alarm that opens, goes on, or is over. */
  tell: (alarm: Alarm) => void
  /** Is told what is normal from now on, for it has been so for a day. */
  accept: (key: string) => void
}

/** One alarm for each thing that departs, from the first sign of it until ten minutes without one. */
export class Alarms {
  readonly open: Map<string, Alarm>
  readonly #alarming: Alarming

  constructor(open: Alarm[], alarming: Alarming) {
    this.open = new Map(open.map(alarm => [alarm.key, alarm]))
    this.#alarming = alarming
  }

  /**
   * @param now the end of the minute in which these were found
   * @param silently whether nobody is told yet
   */
  async take(findings: Finding[], now: number, silently: boolean) {
    for (const finding of findings) {
      const known = this.open.get(finding.key)
      if (known) goOn(known, finding)
      else this.open.set(finding.key, await this.#begin(finding, now))
    }
    for (const alarm of this.open.values()) {
      const isFound = findings.some(({ key }) => key === alarm.key)
      if (now - alarm.opened >= acceptedAfter * minuteLength) alarm.state = 'accepted'
      else if (!isFound && now - Math.max(alarm.last, alarm.opened) >= quiet * minuteLength)
        alarm.state = 'over'
      if (alarm.state === 'accepted') this.#alarming.accept(alarm.key)
      if (alarm.state !== 'open') this.open.delete(alarm.key)
      const isDue = alarm.told === 0 || alarm.state !== 'open' || now >= alarm.tellNext
      if (!silently && isDue) this.#tell(alarm, now)
    }
  }

  async #begin(finding: Finding, now: number): Promise<Alarm> {
    const { key, kind, first, last, count, messages, usual, hosts, domains } = finding
    const untold = { told: 0, tellNext: now, incident: undefined, state: 'open' as const, opened: now }
    const seen = {
      ...{ key, kind, first, last, count, messages, usual },
      hosts: [...hosts].sort(),
      domains: top([...domains])
    }
    return { ...seen, ...untold, ...(await this.#alarming.describe(finding)) }
  }

  #tell(alarm: Alarm, now: number) {
    const minutes = (now - alarm.opened) / minuteLength
    const next = again.find(one => one > minutes) ?? (Math.floor(minutes / 60) + 1) * 60
    alarm.tellNext = alarm.opened + next * minuteLength
    alarm.told++
    this.#alarming.tell(alarm)
  }
}

function goOn(alarm: Alarm, { last, messages, fresh, kind, hosts }: Finding) {
  alarm.last = Math.max(alarm.last, last)
  alarm.count += fresh?.count ?? 0
  alarm.messages =
    kind === 'unheard' ? Math.max(alarm.messages, messages) : alarm.messages + (fresh?.messages ?? 0)
  alarm.hosts = [...new Set([...alarm.hosts, ...hosts])].sort()
  const domains = new Map(alarm.domains)
  for (const [domain, number] of fresh?.domains ?? [])
    domains.set(domain, (domains.get(domain) ?? 0) + number)
  alarm.domains = top([...domains])
}

function top(domains: [string, number][]): [string, number][] {
  return domains.sort(([, a], [, b]) => b - a).slice(0, keptDomains)
}
