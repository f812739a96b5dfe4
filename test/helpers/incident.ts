import assert from 'node:assert/strict'
import { providerDomains } from './cast.ts'
import { mypage } from './terminal.ts'

/** Creates the outage of 13 April 2017, 20:06 to 22:25 in Tokyo, that concerns the provider's domains. */
export async function addIncident(url: string, slug: string) {
  const titles = ['--title-ja', 'メール消失', '--title-en', 'Lost mail']
  const window = ['--from', '2017-04-13T20:06', '--to', '2017-04-13T22:25']
  const domains = ['--domain', ...providerDomains]
  const { code, stderr } = await mypage(url, 'incident', 'create', slug, ...titles, ...window, ...domains)
  assert.equal(code, 0, stderr)
}

/** Loads a lost-mail file as the next scope of an incident and publishes it. */
export async function publishScope(
  url: string,
  slug: string,
  file: string,
  version: number,
  ...options: string[]
) {
  const loaded = await mypage(url, 'scope', 'load', slug, file, ...options)
  assert.equal(loaded.code, 0, loaded.stderr)
  const published = await mypage(url, 'scope', 'publish', slug, String(version))
  assert.equal(published.code, 0, published.stderr)
}
