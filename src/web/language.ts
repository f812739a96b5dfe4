import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyRequest } from 'fastify'
import { createInstance } from 'i18next'
import type { Language } from '../database/tables.ts'

const languages: Language[] = ['ja', 'en']

const i18n = createInstance()
await i18n.init({
  initAsync: false,
  fallbackLng: false,
  supportedLngs: languages,
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(languages.map(language => [language, { translation: readTexts(language) }]))
})

export type Texts = (key: string, values?: Record<string, unknown>) => string

const texts: Record<Language, Texts> = { ja: remembering('ja'), en: remembering('en') }

/** A text without blanks is looked up once: a page has thirty of them, at 3 µs each. */
function remembering(language: Language): Texts {
  const look = i18n.getFixedT(language)
  const known = new Map<string, string>()
  return (key, values) => {
    if (values) return look(key, values)
    const text = known.get(key) ?? look(key)
    known.set(key, text)
    return text
  }
}

function readTexts(language: Language) {
  return JSON.parse(
    readFileSync(path.join(import.meta.dirname, `../../views/locales/${language}.json`), 'utf8')
  )
}

/** The texts of a language, by key. */
export function textsIn(language: Language): Texts {
  return texts[language]
}

/** The visitor's choice by the switch, else what the browser asks for, else the account's language. */
export function languageOf(request: FastifyRequest): Language {
  const chosen = request.cookies?.language
  if (chosen === 'ja' || chosen === 'en') return chosen
  const asked = request.headers['accept-language']
  const accepted = asked && request.accepts().language(languages)
  if (accepted === 'ja' || accepted === 'en') return accepted
  return request.session?.account?.language ?? (asked ? 'en' : 'ja')
}
