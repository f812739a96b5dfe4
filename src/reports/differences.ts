import { createHash } from 'node:crypto'
import { diffArrays, diffWordsWithSpace } from 'diff'
import type { Language } from '../database/tables.ts'

/** A piece of text that stayed, came or went; `gap` stands for unchanged lines that are not shown. */
export type Piece = { kind: 'same' | 'added' | 'removed' | 'gap'; text: string }

/** Milliseconds after which what is left is shown as a whole: nobody may hold up the portal with a long text. */
const patience = 200
/** Unchanged lines that are shown before and after a change. */
const around = 1

const segmenters = {
  ja: new Intl.Segmenter('ja', { granularity: 'word' }),
  en: new Intl.Segmenter('en', { granularity: 'word' })
}

type Read = { title: string; body: string }

/** Comparisons that are kept: all pages are drawn anew when any text changes, and most did not. */
const keptAtMost = 500
const kept = new Map<string, Piece[]>()

/** What differs between two readings of a report, word by word, with the lines around it. */
export function differencesOf(from: Read, to: Read, language: Language): Piece[] {
  const key = createHash('sha256')
    .update(JSON.stringify([from, to, language]))
    .digest('base64')
  const pieces = kept.get(key) ?? compare(from, to, language)
  if (kept.size >= keptAtMost) kept.clear()
  kept.set(key, pieces)
  return pieces
}

function compare(from: Read, to: Read, language: Language): Piece[] {
  const [before, after] = [linesOf(from), linesOf(to)]
  const until = Date.now() + patience
  const changes = diffArrays(before, after, { timeout: patience }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true }
  ]
  const pieces: Piece[] = []
  for (let at = 0; at < changes.length; at++) {
    const [change, next] = [changes[at], changes[at + 1]]
    if (!change) break
    if (change.removed && next?.added) {
      pieces.push(...wordsOf(change.value, next.value, { language, until }))
      at++
    } else if (change.added || change.removed)
      pieces.push({ kind: change.added ? 'added' : 'removed', text: ended(change.value) })
    else pieces.push(...shortened(change.value, at === 0, at === changes.length - 1))
  }
  return pieces
}

function wordsOf(
  before: string[],
  after: string[],
  { language, until }: { language: Language; until: number }
): Piece[] {
  const [from, to] = [ended(before), ended(after)]
  const words = diffWordsWithSpace(from, to, {
    intlSegmenter: segmenters[language],
    timeout: Math.max(1, until - Date.now())
  })
  if (!words)
    return [
      { kind: 'removed', text: from },
      { kind: 'added', text: to }
    ]
  const pieces = words.map(({ value, added, removed }) => ({
    kind: added ? ('added' as const) : removed ? ('removed' as const) : ('same' as const),
    text: value
  }))
  return joined(pieces)
}

/** Changes that only a space parts are one: whole phrases read better than single words. */
function joined(pieces: Piece[]): Piece[] {
  const all: Piece[] = []
  let [removed, added] = ['', '']
  const settle = () => {
    if (removed) all.push({ kind: 'removed', text: removed })
    if (added) all.push({ kind: 'added', text: added })
    removed = added = ''
  }
  pieces.forEach(({ kind, text }, at) => {
    const between = kind === 'same' && /^ +$/.test(text) && at > 0 && at < pieces.length - 1
    if (kind === 'same' && !between) {
      settle()
      all.push({ kind, text })
    }
    if (kind === 'removed' || between) removed += text
    if (kind === 'added' || between) added += text
  })
  settle()
  return all
}

function shortened(lines: string[], first: boolean, last: boolean): Piece[] {
  const head = first ? [] : lines.slice(0, around)
  const tail = last ? [] : lines.slice(Math.max(head.length, lines.length - around))
  const hidden = lines.length - head.length - tail.length
  return [
    ...(head.length > 0 ? [{ kind: 'same' as const, text: ended(head) }] : []),
    ...(hidden > 0 ? [{ kind: 'gap' as const, text: '' }] : []),
    ...(tail.length > 0 ? [{ kind: 'same' as const, text: ended(tail) }] : [])
  ]
}

function ended(lines: string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

/** Title and body as lines of text; where a link leads is part of it. */
function linesOf({ title, body }: Read): string[] {
  const text = body
    .replaceAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs, '$2 ($1)')
    .replaceAll('<li>', '• ')
    .replaceAll(/<[^>]*>/g, '')
  const lines = text.split('\n').map(line => unescapeHtml(line).trim())
  return [title, ...lines.filter(line => line !== '' && line !== '•')]
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
