import type { Host } from './mail-log-host.ts'
import { type LossKind, loseMessage, makeMessage } from './mail-log-messages.ts'
import { writeNoise } from './mail-log-noise.ts'
import type { People } from './mail-log-people.ts'
import { breakOff, handOver, refuse } from './mail-log-sessions.ts'
import { whole } from './random.ts'

/** From when to when, in milliseconds since 1970, and which part of the messages of that time. */
export type Outage = { kind: LossKind; from: number; to: number; part: number }

export type Day = { from: number; to: number; lines: number; outage?: Outage | undefined }

/** What comes in during one second after the other; it begins with the second that is told. */
export function makeTraffic(host: Host, people: People, { from, to, lines, outage }: Day) {
  const { random } = host
  let weights = 0
  for (let second = from / 1_000; second < to / 1_000; second++) weights += busyness(second)
  const sessionsOfWeight = lines / linesOfSession / weights
  return (second: number) => {
    const expected = sessionsOfWeight * busyness(second)
    writeNoise(host, people, second, expected)
    for (let count = Math.floor(expected + random()); count > 0; count--) arrive(host, people, second, outage)
  }
}

// As counted in what comes out, noise included.
const linesOfSession = 10.7

/** How busy each hour is in Japan, from midnight on. */
const hours = [
  30, 20, 15, 14, 15, 20, 35, 60, 90, 120, 125, 120, 105, 115, 115, 115, 116, 110, 95, 85, 80, 75, 65, 45
]

function busyness(second: number): number {
  const hour = (second / 3_600 + 9) % 24
  const [now, next] = [hours[Math.floor(hour)] as number, hours[(Math.floor(hour) + 1) % 24] as number]
  return now + (next - now) * (hour % 1)
}

function arrive(host: Host, people: People, second: number, outage: Outage | undefined) {
  const { random } = host
  const kind = random()
  if (kind < 0.3) return refuse(host, people, 1_000 * second + whole(random, 0, 999))
  // What comes before the acceptance lies in the second that is told.
  const message = newMessage(host, people, 1_000 * (second + 1) + whole(random, 0, 999), outage)
  const client = people.server(message.sender)
  if (kind < 0.307) return breakOff(host, client, message)
  const messages = [message]
  while (random() < 0.05)
    messages.push(
      newMessage(host, people, (messages.at(-1) as typeof message).at + whole(random, 80, 400), outage)
    )
  handOver(host, client, messages)
}

function newMessage({ random }: Host, people: People, at: number, outage: Outage | undefined) {
  const message = makeMessage(random, people, at)
  if (!outage) return message
  const second = Math.floor(at / 1_000) * 1_000
  const hit = outage.from <= second && second < outage.to && random() < outage.part
  return hit ? loseMessage(random, message, outage.kind) : message
}
