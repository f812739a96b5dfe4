import * as client from 'openid-client'
import { type Config, isLoopback } from '../config.ts'
import type { Role } from '../database/tables.ts'

export type Company = NonNullable<Config['company']>
/** Who the company's login says it is. `role` is the highest of theirs that is one here. */
export type Colleague = {
  /** Issuer and subject, with a space between. */
  subject: string
  names: string[]
  name: string
  role: Role | undefined
  /** When they gave password and second factor there; 1970 where it does not tell. */
  confirmedAt: Date
}
/** What has to be the same when the browser comes back. `at` is in ms since 1970. */
export type Departure = { state: string; nonce: string; verifier: string; fresh: boolean; at: number }

/** Seconds: a session here lasts no longer, so nobody needs an older one there. */
const longestSession = 8 * 3_600
const ranks: Role[] = ['admin', 'operator', 'support']
/** Milliseconds after which the provider's description is read anew. */
const keptFor = 3_600_000
const discovered = new Map<string, { until: number; configuration: Promise<client.Configuration> }>()

/**
 * Where to send the browser, and what to remember until it comes back. With `fresh` they have to log in there anew.
 * @throws when the provider does not answer
 */
export async function depart(company: Company, redirect_uri: string, fresh: boolean) {
  const configuration = await discover(company)
  const [state, nonce, verifier] = [
    client.randomState(),
    client.randomNonce(),
    client.randomPKCECodeVerifier()
  ]
  const url = client.buildAuthorizationUrl(configuration, {
    ...{ redirect_uri, state, nonce, scope: 'openid profile email', response_type: 'code' },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    ...(fresh ? { max_age: '0', prompt: 'login' } : { max_age: String(longestSession) })
  })
  const departure: Departure = { state, nonce, verifier, fresh, at: Date.now() }
  return { url: url.href, departure }
}

/**
 * Takes the browser's return for a token, and reads who it is.
 * @throws whatever is wrong: another state or nonce, a code that was used, a login that is not fresh
 */
export async function arrive(company: Company, url: URL, departure: Departure): Promise<Colleague> {
  const configuration = await discover(company)
  const tokens = await client.authorizationCodeGrant(configuration, url, {
    ...{
      expectedState: departure.state,
      expectedNonce: departure.nonce,
      pkceCodeVerifier: departure.verifier
    },
    idTokenExpected: true,
    // Fresh is what happened since they left from here.
    ...(departure.fresh ? { maxAge: Math.ceil((Date.now() - departure.at) / 1_000) } : {})
  })
  const told = tokens.claims()
  if (!told) throw new Error('There is no ID token.')
  const more =
    claimIn(told, company.roleClaim) === undefined && configuration.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(configuration, tokens.access_token, told.sub)
      : {}
  return colleagueOf(company, { ...more, ...told, issuer: configuration.serverMetadata().issuer })
}

/** Read once for all who ask meanwhile, and again after an hour, or at once when it failed. */
function discover(company: Company): Promise<client.Configuration> {
  const { issuer } = company
  const known = discovered.get(issuer)
  if (known && known.until > Date.now()) return known.configuration
  const configuration = readDescription(company)
  discovered.set(issuer, { until: Date.now() + keptFor, configuration })
  configuration.catch(() => discovered.delete(issuer))
  return configuration
}

function readDescription({ issuer, clientId, clientSecret }: Company) {
  const url = new URL(issuer)
  const insecure = url.protocol === 'http:' && isLoopback(url)
  const metadata = { client_secret: clientSecret, [client.clockTolerance]: 30 }
  const execute = insecure ? [client.allowInsecureRequests] : []
  return client.discovery(url, clientId, metadata, undefined, { execute, timeout: 10 })
}

type Claims = Record<string, unknown> & { sub: string; issuer: string }

function colleagueOf(company: Company, claims: Claims): Colleague {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name].trim() : '')
  const theirs = [claimIn(claims, company.roleClaim)].flat()
  const ours = new Set(theirs.map(role => company.roles.get(String(role))))
  const names = [text('preferred_username'), text('email')].filter(Boolean)
  const confirmedAt = new Date(Number(claims.auth_time ?? 0) * 1_000)
  return {
    subject: `${claims.issuer} ${claims.sub}`,
    ...{ names, name: text('name') || (names[0] ?? claims.sub), confirmedAt },
    role: ranks.find(role => ours.has(role))
  }
}

/** A claim by its name, or by its path, as in `realm_access.roles`. */
function claimIn(claims: Record<string, unknown>, path: string): unknown {
  if (path in claims) return claims[path]
  return path
    .split('.')
    .reduce<unknown>((within, name) => (within as Record<string, unknown> | undefined)?.[name], claims)
}
