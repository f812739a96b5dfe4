import { stampIn } from '../incidents/time.ts'
import type { Facts } from '../maillog/kinds.ts'
import { count } from '../terminal/count.ts'
import type { Alarm } from './alarms.ts'
import { learnedAtLeast } from './detector.ts'
import { isSilent, type Minute, minuteLength } from './minute.ts'

const longest = 300
/** A host or a domain may have some too: a stranger chooses them. */
const controls = /\p{Bidi_Control}|\p{Cc}/gu
/** Of a longer line the beginning is enough, up to a space: half an address would not be known for one. */
const looked = 2_000
/** Mail that was lost may have come this long before it was seen to be. */
const before = 5 * minuteLength

/** A status line: recipients in one minute, and which part of them is lost. */
export function describeMinute(minute: Minute, zone: string): string {
  const { accepted, delivered, told, deferred, refused, waiting, lost } = minute
  const rate = lost === 0 ? '0 %' : `${((100 * lost) / Math.max(accepted, lost)).toFixed(1)} %`
  const counts = Object.entries({ accepted, delivered, bounced: told, deferred, refused, waiting })
  const mix = counts.map(([name, number]) => `${name} ${count(number)}`).join('  ')
  return `${showTime(minute.at * minuteLength, zone).slice(0, 16)}  ${mix}  lost ${count(lost)} (${rate})`
}

type Watched = { from: number; to: number; messages: number; alarms: number; learned: number }

/**
 * What was watched from the first minute to the last, for who tries what would have been an alarm.
 * @param learned how many minutes were learned, in earlier logs too
 */
export function describeWatched({ from, to, messages, alarms, learned }: Watched, zone: string): string {
  if (Number.isNaN(from)) return 'The logs tell of no whole minute: there was nothing to judge.'
  const [first, last] = [from, to + 1].map(at => showTime(at * minuteLength, zone).slice(0, 16))
  const told = alarms === 0 ? 'no alarm' : alarms === 1 ? 'one alarm' : `${count(alarms)} alarms`
  const isShort = learned < learnedAtLeast
  const more = isShort ? ' That is short: alarms begin when two hours of log have been seen.' : ''
  return `From ${first} to ${last}, ${count(messages)} messages: ${told}.${more}`
}

/** What is wrong, in one line. */
export function titleOf({ kind, key, hosts }: Alarm): string {
  if (kind === 'relay') return `Mail goes where it hardly ever went: ${withoutSecrets(key)}`
  if (kind === 'unheard') return 'Mail is accepted, and then there is no word of it'
  if (kind === 'silent')
    return `${hosts[0]?.replace(controls, '\ufffd')} has fallen silent: its log does not go on`
  if (key === 'deferred') return 'Mail is put off: it waits in the queue'
  if (key === 'held' || key === 'corrupt') return `Mail stays in the queue: ${key}`
  return `Mail is ${isSilent(key as Facts['kind']) ? 'lost' : 'without an end'}: ${key}`
}

type Where = { zone: string; logs: string[] }

/** The alarm as it is printed and posted. */
export function describeAlarm(alarm: Alarm, { zone, logs }: Where): string[] {
  const { state, first, last, hosts, domains, group, line, evidence, incident } = alarm
  const word = state === 'open' ? (alarm.told > 1 ? 'STILL' : 'ALARM') : 'OVER'
  const named = domains.slice(0, 5).map(([domain, number]) => `${domain} ${count(number)}`)
  const more = domains.length > 5 ? ', …' : ''
  const to = showTime(Math.ceil((last + 1) / minuteLength) * minuteLength, zone).slice(0, 16)
  const from = showTime(first - before, zone).slice(0, 16)
  const scanned = logs.map(log => `${quote(log)}*`).join(' ')
  return [
    `${word}  ${titleOf(alarm)}`,
    `  since    ${showTime(first, zone)}${state === 'over' ? `, until ${showTime(last, zone)}` : ''}`,
    ...(alarm.kind === 'silent' ? [] : [`  how many ${howMany(alarm)}`]),
    `  hosts    ${hosts.join(', ')}`,
    ...(group === '' ? [] : [`  group    ${group}`]),
    ...(named.length === 0 ? [] : [`  domains  ${named.join(', ')}${more}`]),
    ...(line === '' ? [] : [`  line     ${line}`, `           ${evidence}`]),
    ...(state === 'accepted' ? ['  It has been so for a day and counts as normal from now on.'] : []),
    ...(incident === undefined ? [] : [`  incident ${incident}, a draft that nobody sees`]),
    `  next     mypage scan ${scanned} --from ${from} --to ${to} --zone ${zone} --outcomes`
  ].map(told => told.replace(controls, '\ufffd'))
}

function howMany({ count: recipients, messages, usual, kind }: Alarm): string {
  const usually =
    usual < 0.05 ? 'usually none' : `usually ${usual < 10 ? usual.toFixed(1) : count(Math.round(usual))}`
  if (kind === 'unheard') return `${count(messages)} messages at a time; ${usually}`
  return `${count(recipients)} recipients of ${count(messages)} messages; ${usually}`
}

/** Local time of a zone, `2017-04-13T20:06:03`. */
export function showTime(time: number, zone: string): string {
  return stampIn(zone)(time).replace(' ', 'T')
}

/** For a shell, where it is needed; the pattern that follows it stays one. */
function quote(name: string): string {
  return /^[\w./@+-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}

/**
 * A line of a log as it may leave the host: who wrote to whom and about what is a secret of theirs, so of
 * addresses the domain stays, and of what a check quotes nothing. No controls, no endless text.
 */
export function withoutSecrets(line: string): string {
  const begin = line.length > looked ? line.slice(0, looked).replace(/\S*$/, '…') : line
  return begin
    .replace(/\b(header|body) .*(?= from [^\s;[]+[;[])/, '$1 …')
    .replace(/ T="(?:[^"\\]|\\.)*"?/, ' T="…"')
    .replace(/=<[^<>@]+>/g, '=<…>')
    .replace(/([=-]>|>>|\*[>*]|==) [^\s<@]+(?= <)/, '$1 …')
    .replace(/\b(sasl_username|to|ctladdr)=[^\s<>"@,]+(?=[\s,]|$)/g, '$1=…')
    .replace(/<[^<>\s"]*@/g, '<…@')
    .replace(/"(?:[^"\\]|\\.)*"@|[^\s<>"=,;:()[\]]+@/g, '…@')
    .replace(controls, '\ufffd')
    .slice(0, longest)
}
