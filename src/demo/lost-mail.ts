import { providerDomains } from './addresses.ts'
import { isBusy } from './businesses.ts'
import { hanakosMail } from './cast.ts'
import type { Member, Members } from './members.ts'
import { longTail, type Random, shuffled, whole } from './random.ts'
import { newSender } from './senders.ts'
import { endsAt, startsAt } from './window.ts'

const affectedCount = 88_798

/** `at` is in milliseconds after the start of the window. */
export type LostMessage = { at: number; recipient: string; sender: string }

/** The lost messages of the reference case, in the order of their times. */
export function makeLostMail(random: Random, members: Members): LostMessage[] {
  const hanako = members.cast[0] as Member
  const mail = hanakosMail.map(([minutes, sender]) => ({
    at: minutes * 60_000,
    recipient: hanako.addresses[0] as string,
    sender
  }))
  for (const recipient of [...affectedAddresses(random, members), ...members.former])
    addMail(random, mail, recipient)
  return mail.sort((one, other) => one.at - other.at)
}

/** All affected addresses but hanako's. */
function affectedAddresses(random: Random, { cast, others }: Members): string[] {
  const [, , minato, midori] = cast as [Member, Member, Member, Member]
  const ofCast = [...concerned(minato).filter(() => random() < 0.6), ...concerned(midori)]
  const ofOthers = shuffled(random, others.flatMap(concerned)).slice(0, affectedCount - 1 - ofCast.length)
  return [...ofCast, ...ofOthers]
}

function concerned({ addresses }: Member): string[] {
  return addresses.filter(address => providerDomains.some(domain => address.endsWith(`@${domain}`)))
}

/** One to three messages mostly, up to a few hundred; many from the same few senders. */
function addMail(random: Random, mail: LostMessage[], recipient: string) {
  const few = random() < 0.75 ? 1 : longTail(random, 60)
  const count = isBusy(recipient) ? 8 * longTail(random, 50) : few
  let sender = newSender(random)
  for (let left = count; left > 0; left--) {
    mail.push({ at: moment(random), recipient, sender })
    if (random() < 0.6) sender = newSender(random)
  }
}

/** Fewer and fewer as the evening goes on, with newsletters on the half-hours. */
function moment(random: Random): number {
  if (random() < 0.12) {
    const late = random()
    return (whole(random, 0, 3) * 30 + 24) * 60_000 + Math.floor(late * late * 240_000)
  }
  // Distributed with a density that falls in a line, from 1 to 0.55.
  const part = (1 - Math.sqrt(1 - 0.6975 * random())) / 0.45
  return Math.floor(part * (endsAt - startsAt))
}
