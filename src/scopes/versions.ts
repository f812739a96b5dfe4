import { Failure } from '../terminal/failure.ts'
import type { Scope } from './queries.ts'

/** @throws Failure that lists the versions there are */
export function knownScope(scopes: Scope[], text: string): Scope {
  const scope = scopes.find(({ version }) => version === Number(text))
  if (scope) return scope
  throw new Failure(`There is no version "${text}". There are: ${describeVersions(scopes)}.`)
}

/** @throws Failure that lists the versions there are */
export function publishedScope(scopes: Scope[]): Scope {
  const scope = scopes.find(({ state }) => state === 'published')
  if (scope) return scope
  throw new Failure(`No version is published. There are: ${describeVersions(scopes)}.`)
}

export function describeVersions(scopes: Scope[]): string {
  return scopes.map(({ version, state }) => `${version} (${state})`).join(', ') || 'none'
}

/** @throws Failure when there is none but withdrawn ones */
export function latestScope(scopes: Scope[]): Scope {
  const latest = standing(scopes).at(-1)
  if (latest) return latest
  throw new Failure('There is no scope. Next: mypage scope load')
}

type Asked = { from: string | undefined; to: string | undefined }

/**
 * What to compare: the newer one, if it is not named, is the latest; the older one is the published version,
 * or the one that was published before it, or the latest but one.
 * @throws Failure when there are no two
 */
export function scopesToCompare(scopes: Scope[], asked: Asked) {
  const to = asked.to === undefined ? latestScope(scopes) : knownScope(scopes, asked.to)
  const others = standing(scopes).filter(({ version }) => version !== to.version)
  const of = (wanted: Scope['state']) => others.findLast(({ state }) => state === wanted)
  const former = of('published') ?? (to.state === 'published' ? of('superseded') : undefined) ?? others.at(-1)
  const from = asked.from === undefined ? former : knownScope(scopes, asked.from)
  if (from) return { from, to }
  throw new Failure(`There are no two versions to compare. There are: ${describeVersions(scopes)}.`)
}

function standing(scopes: Scope[]): Scope[] {
  return scopes.filter(({ state }) => state !== 'withdrawn')
}
