import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { Failure } from '../terminal/failure.ts'
import { longest } from './drafts.ts'
import type { ReportText } from './rendered.ts'

/** @throws Failure when a file cannot be read, does not start with "# " and a title, or is longer than the desk takes */
export function readTexts(ja: string, en: string): ReportText {
  const [japanese, english] = [readText(ja), readText(en)]
  return { title_ja: japanese.title, body_ja: japanese.body, title_en: english.title, body_en: english.body }
}

function readText(file: string): { title: string; body: string } {
  const text = readUtf8(file)
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
  const found = /^\s*# +(.*\S)[ \t]*(?:\n([^]*))?$/.exec(text)
  const [title, body] = [found?.[1], found?.[2]?.trim()]
  if (!title) throw new Failure(`${file} must start with "# " and the title.`)
  if (!body) throw new Failure(`${file} has a title but no text.`)
  if (title.length > longest.title)
    throw new Failure(`${file}: the title has more than ${longest.title} characters.`)
  if (body.length > longest.body)
    throw new Failure(`${file}: the text has more than ${longest.body} characters.`)
  return { title, body }
}

function readUtf8(file: string): string {
  const bytes = readBytes(file)
  // The database keeps no NUL; UTF-16 is full of them.
  if (!isUtf8(bytes) || bytes.includes(0)) throw new Failure(`${file} is not UTF-8.`)
  return bytes.toString()
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read: ${(error as Error).message}`)
  }
}
