import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** A setting: what it is unless given, what it is for, and how its text is read. */
export type Setting<Value> = {
  default: Value
  description: string
  /** What it has to be. */
  must: string
  /** @returns undefined when it is not that */
  read: (text: string) => Value | undefined
}

export type ValuesOf<All> = {
  [Name in keyof All]: All[Name] extends Setting<infer Value> ? Value : never
}

export function text(
  ordinary: string,
  description: string,
  { pattern = /^/, must = 'be text' } = {}
): Setting<string> {
  return { default: ordinary, description, must, read: given => (pattern.test(given) ? given : undefined) }
}

export function whole(
  ordinary: number,
  description: string,
  { from = 0, to = Number.MAX_SAFE_INTEGER } = {}
): Setting<number> {
  const upTo = to === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${to}`
  return {
    ...{ default: ordinary, description, must: `be a whole number, ${from} ${upTo}` },
    read(given) {
      const number = /^\d+$/.test(given) ? Number(given) : -1
      return number >= from && number <= to ? number : undefined
    }
  }
}

export function yesOrNo(ordinary: boolean, description: string): Setting<boolean> {
  const words = new Map([
    ['true', true],
    ['false', false]
  ])
  return { default: ordinary, description, must: 'be true or false', read: given => words.get(given) }
}

export function oneOf<const Word extends string, Ordinary extends Word | undefined>(
  words: Word[],
  ordinary: Ordinary,
  description: string
): Setting<Word | Ordinary> {
  const must = `be one of ${words.join(', ')}`
  return { default: ordinary, description, must, read: given => words.find(word => word === given) }
}

/** What the environment gives, and before it a file `.env` in the folder where the process was started. */
export function givenSettings(): Record<string, unknown> {
  return { ...(existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}), ...process.env }
}

/** @returns every mistake with the name of the setting, and values that are right when there is none */
export function readSettings<All extends Record<string, Setting<unknown>>>(
  all: All,
  given: Record<string, unknown>
): { values: ValuesOf<All>; mistakes: string[] } {
  const mistakes: string[] = []
  const values = Object.entries(all).map(([name, setting]) => {
    if (given[name] === undefined) return [name, setting.default]
    const value = setting.read(String(given[name]))
    if (value === undefined) mistakes.push(`${name} must ${setting.must}`)
    return [name, value]
  })
  return { values: Object.fromEntries(values), mistakes }
}
