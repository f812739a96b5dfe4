import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import type { Database, Language } from '../database/tables.ts'
import { accentStyle, assetFolder, baseStyle } from '../web/assets.ts'
import { chosenPath, drawingsOf, languages, pathOf } from './documents.ts'
import { type Written, writeFolder } from './folder.ts'
import { changeLinks } from './links.ts'
import { composeNews, readRows } from './news.ts'

type File = { path: string; content: string | Buffer }

/**
 * Writes what everybody may read into a folder, under the same addresses as here: a server that takes our place needs no
 * more than it. Links inside are relative, so that it works from any place, also from a disk; others lead to the portal.
 */
export async function exportReports(
  db: Database,
  config: Config,
  folder: string
): Promise<Written & { reports: number }> {
  const news = composeNews(await readRows(db))
  const how = { shared: true, copied: new Date() }
  const pages = [...drawingsOf(news)].flatMap(([name, { draw }]) =>
    languages.map(language => ({ name, language, content: draw(config, language, how) }))
  )
  const names = [...new Set(pages.map(({ name }) => name))]
  const known = { ja: knownIn('ja', names, config), en: knownIn('en', names, config) }
  const files = pages.flatMap(({ name, language, content }) =>
    filesOf(name, language).map(file => ({
      path: file,
      content: placed(content, file, { known: known[language], config })
    }))
  )
  // A page comes after what it needs, an overview after what it leads to.
  return { ...writeFolder(folder, [...assetsOf(config), ...files.reverse()]), reports: news.length }
}

/** Addresses with the file that stands for each; one without a language leads to the page in this one. */
function knownIn(language: Language, names: string[], config: Config): Map<string, string> {
  const pages = names.flatMap(name => [
    ...languages.map(of => [pathOf(name, of), fileOf(pathOf(name, of))] as const),
    [chosenPath(name), fileOf(pathOf(name, language))] as const
  ])
  const assets = assetsOf(config).map(({ path }) => [`/${path.replace(/logo\..*/, 'logo')}`, path] as const)
  return new Map([...pages, ...assets])
}

/** A document’s files; the one of the address without a language is Japanese. */
function filesOf(name: string, language: Language): string[] {
  const own = fileOf(pathOf(name, language))
  return language === 'ja' ? [own, fileOf(chosenPath(name))] : [own]
}

function fileOf(address: string): string {
  return (address.endsWith('.xml') ? address : path.posix.join(address, 'index.html')).slice(1)
}

type Placing = { known: Map<string, string>; config: Config }

/** A page for its place: links to what is exported as they are seen from there. */
function placed(content: string, file: string, { known, config }: Placing): string {
  if (file.endsWith('.xml')) return content
  return changeLinks(content, address => {
    const target = known.get(address.replace(/[?#].*/, ''))
    if (!target) return config.origin + address
    const fragment = /#.*/.exec(address)?.[0] ?? ''
    return path.posix.relative(path.posix.dirname(file), target) + fragment
  })
}

function assetsOf({ provider }: Config): File[] {
  // A server that knows nothing of us tells the type by the name.
  const logo = provider.logo
    ? [{ path: `assets/logo${path.extname(provider.logo)}`, content: readFileSync(provider.logo) }]
    : []
  return [
    { path: 'assets/base.css', content: readFileSync(baseStyle) },
    { path: 'assets/look.css', content: readFileSync(path.join(assetFolder, 'look.css')) },
    { path: 'assets/accent.css', content: accentStyle(provider.accent) },
    ...logo
  ]
}
