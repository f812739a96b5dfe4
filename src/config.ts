import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import path from 'node:path'
import { envSchema } from 'env-schema'
import { type Static, Type } from 'typebox'
import type { Role } from './database/tables.ts'
import { Failure } from './terminal/failure.ts'

/** Every setting, from the environment or a file `.env`. The README's table is checked against it. */
export const settings = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  PORT: Type.Integer({ default: 3000, minimum: 0, maximum: 65535, description: 'port to listen on' }),
  BASE_URL: Type.String({
    default: '',
    description: 'address that visitors use, such as https://mypage.example.jp'
  }),
  DATABASE_URL: Type.String({ default: '', description: 'PostgreSQL 18; without it the embedded one' }),
  DATA_DIR: Type.String({ default: '.data', description: 'folder of the embedded PostgreSQL' }),
  PORTAL_SECRET: Type.String({ default: '', description: '32 or more random characters; signs cookies' }),
  TRUSTED_PROXIES: Type.String({
    default: '',
    description: 'CIDRs of the proxies in front, comma-separated'
  }),
  LOG_LEVEL: Type.Optional(
    Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], {
      description: 'fatal, error, warn, info, debug or silent; info, with the embedded PostgreSQL warn'
    })
  ),
  PROVIDER_NAME_JA: Type.String({ default: 'あおば通信', description: 'your name in Japanese' }),
  PROVIDER_NAME_EN: Type.String({ default: 'Aoba Communications', description: 'your name in English' }),
  PROVIDER_LOGO: Type.String({ default: '', description: 'SVG or PNG file of your logo' }),
  ACCENT_COLOR: Type.String({
    default: '#0b5cad',
    pattern: '^#[0-9a-fA-F]{6}$',
    description: 'your colour, as #rrggbb; at least 4.5:1 on white'
  }),
  SUPPORT_PHONE: Type.String({ default: '0120-000-000', description: 'telephone number of your support' }),
  SUPPORT_EMAIL: Type.String({
    default: 'support@provider.example',
    description: 'e-mail address of your support'
  }),
  SMTP_URL: Type.String({
    default: '',
    description: 'server that sends mail: smtp://user:password@mail.example.jp:587, or smtps://…'
  }),
  MAIL_FROM: Type.String({ default: '', description: 'sender of that mail; SUPPORT_EMAIL if not given' }),
  BOUNCE_ADDRESS: Type.String({
    default: '',
    description: 'where bounces of notices go; +… is added for each. MAIL_FROM if not given'
  }),
  DKIM_DOMAIN: Type.String({
    default: '',
    description: 'domain that notices are signed for by the portal itself; without it your mail server signs'
  }),
  DKIM_SELECTOR: Type.String({ default: '', description: 'selector of that key in the DNS' }),
  DKIM_KEY_FILE: Type.String({ default: '', description: 'PEM file of the private key, RSA' }),
  OIDC_ISSUER: Type.String({
    default: '',
    description: 'OpenID Connect issuer with which staff log in by their company account; docs/staff.md'
  }),
  OIDC_CLIENT_ID: Type.String({ default: '', description: 'ID of the portal there' }),
  OIDC_CLIENT_SECRET: Type.String({ default: '', description: 'secret of the portal there' }),
  OIDC_ROLE_CLAIM: Type.String({
    default: 'roles',
    description: 'claim with the roles, such as realm_access.roles'
  }),
  OIDC_ROLES: Type.String({
    default: '',
    description: 'what they are here: mypage-support=support,mypage-operator=operator,mypage-admin=admin'
  }),
  PASSWORD_URL: Type.String({ default: '', description: 'page for forgotten passwords' }),
  TERMS_URL: Type.String({ default: '', description: 'page with your terms and privacy policy' }),
  BUSINESS_SEES_SENDERS: Type.Boolean({
    default: true,
    description: 'whether business administrators see the lost messages one by one, with sender and time'
  }),
  FOUR_EYES: Type.Enum(['auto', 'on', 'off'], {
    default: 'auto',
    description:
      'whether scopes, reports and texts of a published incident take two people; auto, where there are two active operators or admins'
  }),
  REPORT_USERS: Type.Integer({
    default: 30_000,
    minimum: 1,
    description: 'users from which an outage is to be reported as a serious accident'
  }),
  REPORT_MINUTES: Type.Integer({ default: 120, minimum: 1, description: 'and minutes that it lasted' })
})

export type Settings = Static<typeof settings>

export type Config = ReturnType<typeof readConfig>

/**
 * Reads the settings once.
 * @throws Failure that lists every mistake, one a line, with the name of the setting
 */
export function readConfig(data?: Partial<Record<keyof Settings, unknown>>) {
  const { values, mistakes } = readSettings(data)
  const embedded = values.DATABASE_URL === ''
  const dataDir = path.resolve(values.DATA_DIR)
  const base = URL.parse(values.BASE_URL || `http://127.0.0.1:${values.PORT}`)
  const trustedProxies = values.TRUSTED_PROXIES.split(',')
    .map(word => word.trim())
    .filter(Boolean)
  mistakes.push(...mistakesAcross(values, base, trustedProxies), ...mistakesOfCompany(values))
  if (mistakes.length > 0) throw wrong(mistakes)
  return {
    host: values.HOST,
    port: values.PORT,
    origin: (base as URL).origin,
    https: base?.protocol === 'https:',
    databaseUrl: values.DATABASE_URL,
    embedded,
    dataDir,
    secret: embedded && !values.PORTAL_SECRET ? keptSecret(dataDir) : values.PORTAL_SECRET,
    trustedProxies,
    logLevel: values.LOG_LEVEL ?? (embedded ? 'warn' : 'info'),
    businessSeesSenders: values.BUSINESS_SEES_SENDERS,
    company: companyIn(values),
    fourEyes: values.FOUR_EYES,
    report: { users: values.REPORT_USERS, minutes: values.REPORT_MINUTES },
    provider: {
      name: { ja: values.PROVIDER_NAME_JA, en: values.PROVIDER_NAME_EN },
      logo: values.PROVIDER_LOGO,
      accent: values.ACCENT_COLOR,
      phone: values.SUPPORT_PHONE,
      email: values.SUPPORT_EMAIL,
      passwordUrl: values.PASSWORD_URL,
      termsUrl: values.TERMS_URL
    }
  }
}

export type DkimKey = { domain: string; selector: string; privateKey: KeyObject }
export type MailSettings = { smtpUrl: string; from: string; bounceAddress: string; dkim?: DkimKey }

/**
 * The settings for mail alone: a mail host has no others, and nothing is made for them.
 * @throws Failure when one is missing or wrong
 */
export function readMailSettings(): MailSettings & { baseUrl: string } {
  const { values, mistakes } = readSettings(undefined)
  const from = values.MAIL_FROM || values.SUPPORT_EMAIL
  const bounceAddress = values.BOUNCE_ADDRESS || from
  if (values.SMTP_URL === '') mistakes.push('SMTP_URL is missing: there is no server to send mail with')
  else if (!/^smtps?:$/.test(URL.parse(values.SMTP_URL)?.protocol ?? ''))
    mistakes.push('SMTP_URL must be an address such as smtp://mail.example.jp:587')
  for (const [name, address] of Object.entries({ MAIL_FROM: from, BOUNCE_ADDRESS: bounceAddress }))
    if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address))
      mistakes.push(`${name}: "${address}" is not an e-mail address`)
  const { dkim, mistakes: ofDkim } = readDkim(values, from)
  mistakes.push(...ofDkim)
  if (mistakes.length > 0) throw wrong(mistakes)
  return { baseUrl: values.BASE_URL, smtpUrl: values.SMTP_URL, from, bounceAddress, ...(dkim && { dkim }) }
}

/** The key that signs for the domain of `from`, or one above it: what else it signs for, DMARC does not count. */
function readDkim(values: Settings, from: string): { dkim?: DkimKey; mistakes: string[] } {
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_KEY_FILE: file } = values
  const names = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_KEY_FILE'] as const
  const missing = names.filter(name => values[name] === '')
  if (missing.length === names.length) return { mistakes: [] }
  if (missing.length > 0)
    return { mistakes: missing.map(name => `${name} is missing: the three settings of DKIM go together`) }
  const mistakes: string[] = []
  for (const [name, text] of [
    ['DKIM_DOMAIN', domain],
    ['DKIM_SELECTOR', selector]
  ] as const)
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text))
      mistakes.push(`${name}: "${text}" is no name in the DNS`)
  if (!`.${from.slice(from.lastIndexOf('@') + 1)}`.toLowerCase().endsWith(`.${domain.toLowerCase()}`))
    mistakes.push(`DKIM_DOMAIN must be the domain of MAIL_FROM, ${from}, or one above it`)
  const { privateKey, problem } = readRsaKey(file)
  if (problem) mistakes.push(`DKIM_KEY_FILE: ${problem}`)
  return { ...(privateKey && { dkim: { domain, selector, privateKey } }), mistakes }
}

function readRsaKey(file: string): { privateKey?: KeyObject; problem?: string } {
  try {
    const privateKey = createPrivateKey(readFileSync(file))
    const { asymmetricKeyType, asymmetricKeyDetails } = privateKey
    if (asymmetricKeyType !== 'rsa')
      return { problem: `${file} is of kind ${asymmetricKeyType}; it must be RSA` }
    // RFC 8301, 3.2
    if ((asymmetricKeyDetails?.modulusLength ?? 0) < 1_024)
      return { problem: `${file} has less than 1,024 bits` }
    return { privateKey }
  } catch (error) {
    return { problem: `${file} cannot be read as a private key: ${(error as Error).message}` }
  }
}

function readSettings(data: Record<string, unknown> | undefined) {
  try {
    const read = envSchema<Settings>({
      schema: settings,
      ...(data ? { data, env: false } : { dotenv: true })
    })
    return { values: read, mistakes: [] as string[] }
  } catch (error) {
    const found = (error as { errors?: { instancePath: string; message?: string; params: object }[] }).errors
    if (!found) throw error
    const mistakes = found.map(
      ({ instancePath, message, params }) =>
        `${instancePath.slice(1)} ${message}${'allowedValues' in params ? `: ${params.allowedValues}` : ''}`
    )
    throw wrong(mistakes)
  }
}

function wrong(mistakes: string[]): Failure {
  return new Failure(`These settings are wrong:\n${mistakes.map(line => `  ${line}`).join('\n')}`)
}

function mistakesAcross(values: Settings, base: URL | null, proxies: string[]): string[] {
  const mistakes: string[] = []
  const loopback = base !== null && isLoopback(base)
  if (!base || !/^https?:$/.test(base.protocol))
    mistakes.push('BASE_URL must be an address such as https://mypage.example.jp')
  else if (base.protocol === 'http:' && !loopback)
    mistakes.push('BASE_URL must be https: cookies are safe on plain http on this machine only')
  else if (base.protocol === 'https:' && proxies.length === 0)
    mistakes.push('TRUSTED_PROXIES must name the proxy that speaks https for BASE_URL, such as 127.0.0.1/32')
  for (const proxy of proxies)
    if (!isCidr(proxy)) mistakes.push(`TRUSTED_PROXIES: ${proxy} is not a CIDR such as 10.0.0.0/8`)
  if ((values.DATABASE_URL || values.PORTAL_SECRET) && values.PORTAL_SECRET.length < 32)
    mistakes.push('PORTAL_SECRET must have 32 or more characters; make one with: openssl rand -base64 33')
  if (values.PROVIDER_LOGO && !/\.(svg|png)$/.test(values.PROVIDER_LOGO))
    mistakes.push('PROVIDER_LOGO must be an .svg or .png file')
  else if (values.PROVIDER_LOGO && !existsSync(values.PROVIDER_LOGO))
    mistakes.push(`PROVIDER_LOGO: there is no file ${values.PROVIDER_LOGO}`)
  const contrast = contrastOnWhite(values.ACCENT_COLOR)
  if (contrast < 4.5)
    mistakes.push(
      `ACCENT_COLOR has a contrast of ${contrast.toFixed(1)}:1 on white; readable text needs 4.5:1`
    )
  for (const name of ['PASSWORD_URL', 'TERMS_URL'] as const)
    if (values[name] && !/^https?:$/.test(URL.parse(values[name])?.protocol ?? ''))
      mistakes.push(`${name} must be an http or https address`)
  return mistakes
}

/** The company's own login for staff; undefined where there is none. */
function companyIn(values: Settings) {
  if (!values.OIDC_ISSUER) return undefined
  return {
    issuer: values.OIDC_ISSUER,
    clientId: values.OIDC_CLIENT_ID,
    clientSecret: values.OIDC_CLIENT_SECRET,
    roleClaim: values.OIDC_ROLE_CLAIM,
    roles: new Map(rolesIn(values.OIDC_ROLES).map(({ theirs, ours }) => [theirs, ours as Role]))
  }
}

/** Of `theirs=ours,theirs=ours`; what stands after the last `=` is ours. */
function rolesIn(text: string) {
  const words = text.split(',').map(word => word.trim())
  return words.filter(Boolean).map(word => {
    const at = word.lastIndexOf('=')
    return { theirs: word.slice(0, Math.max(at, 0)).trim(), ours: word.slice(at + 1).trim() }
  })
}

function mistakesOfCompany(values: Settings): string[] {
  if (!values.OIDC_ISSUER) {
    const alone = (['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ROLES'] as const).filter(
      name => values[name]
    )
    return alone.map(name => `${name} is set, but OIDC_ISSUER is not`)
  }
  const mistakes: string[] = []
  const issuer = URL.parse(values.OIDC_ISSUER)
  if (issuer?.protocol !== 'https:' && !(issuer?.protocol === 'http:' && isLoopback(issuer)))
    mistakes.push('OIDC_ISSUER must be an https address, such as https://login.example.jp/realms/staff')
  for (const name of ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ROLE_CLAIM'] as const)
    if (!values[name]) mistakes.push(`${name} is missing: OIDC_ISSUER needs it`)
  const roles = rolesIn(values.OIDC_ROLES)
  if (roles.length === 0) mistakes.push('OIDC_ROLES is missing: without it nobody may enter')
  for (const { theirs, ours } of roles)
    if (!theirs || !/^(support|operator|admin)$/.test(ours))
      mistakes.push(`OIDC_ROLES: "${theirs}=${ours}" must be NAME=support, NAME=operator or NAME=admin`)
  return mistakes
}

/** Plain HTTP is safe on this machine only. */
export function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  const family = isIP(address)
  if (!family || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
    return true
  } catch {
    return false
  }
}

/** Contrast ratio of a colour `#rrggbb` to white, 1 to 21, as WCAG 2.2 defines it. */
function contrastOnWhite(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(start => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

/** The demo's secret, made once and kept beside its database. */
function keptSecret(dataDir: string): string {
  const file = path.join(dataDir, 'secret')
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(file)) writeFileSync(file, randomBytes(33).toString('base64'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}
