import type { ColumnType, Generated, GeneratedAlways, JSONColumnType, Kysely, Transaction } from 'kysely'

// bigint columns are strings in TypeScript: an id is an opaque name, never a number to count with.
type Id = GeneratedAlways<string>
type Nullable<T> = ColumnType<T | null, T | null | undefined>

export interface Tables {
  accounts: Accounts
  domains: Domains
  addresses: Addresses
  address_totals: AddressTotals
  incidents: Incidents
  incident_domains: IncidentDomains
  scopes: Scopes
  publications: Publications
  verdict_changes: VerdictChanges
  affected_addresses: AffectedAddresses
  affected_totals: AffectedTotals
  doubted_addresses: DoubtedAddresses
  affected_runs: AffectedRuns
  lost_messages: LostMessages
  unmatched_recipients: UnmatchedRecipients
  reports: Reports
  report_drafts: ReportDrafts
  report_revisions: ReportRevisions
  incident_wordings: IncidentWordings
  sessions: Sessions
  sign_in_throttle: SignInThrottle
  staff: Staff
  recovery_codes: RecoveryCodes
  staff_sessions: StaffSessions
  audit_events: AuditEvents
  look_ups: LookUps
  consents: Consents
  break_glass_requests: BreakGlassRequests
  support_notes: SupportNotes
  lost_mail_claims: LostMailClaims
  staff_uses: StaffUses
  seen_verdicts: SeenVerdicts
  scope_intervals: ScopeIntervals
  activity: Activity
  notices: Notices
  notice_addresses: NoticeAddresses
  notice_sendings: NoticeSendings
  notice_domains: NoticeDomains
  login_queues: LoginQueues
  desk_jobs: DeskJobs
}

export type Database = Kysely<Tables>
export type DatabaseTransaction = Transaction<Tables>

export type AccountKind = 'individual' | 'business'
export type Language = 'ja' | 'en'
export type Role = 'support' | 'operator' | 'admin'

interface Accounts {
  id: Id
  login_id: string
  kind: AccountKind
  name: string
  contact_email: Nullable<string>
  language: Language
  password_hash: Nullable<string>
  password_scheme: Nullable<string>
  password_salt: Nullable<Buffer>
  password_source: Nullable<Buffer>
  /** Grows with each change of the password; a session of another version has ended. */
  password_version: Generated<number>
  disabled_at: Nullable<Date>
}

interface Domains {
  name: string
  kind: 'provider' | 'virtual'
}

interface Addresses {
  account_id: string
  id: Id
  email: string
  domain: string
}

interface AddressTotals {
  account_id: string
  domain: string
  addresses: number
}

/** What everybody reads of an incident that somebody typed. */
export type IncidentTexts = {
  title_ja: string
  title_en: string
  unaffected_ja: string
  unaffected_en: string
}

interface Incidents {
  id: Id
  slug: string
  title_ja: string
  title_en: string
  unaffected_ja: Generated<string>
  unaffected_en: Generated<string>
  starts_at: Date
  ends_at: Date
  zone: string
  state: Generated<'draft' | 'published' | 'closed'>
  /** They wait for a second person. */
  proposed_texts: ColumnType<IncidentTexts | null, string | null | undefined, string | null>
  texts_proposed_at: Nullable<Date>
  texts_proposed_by: Nullable<string>
}

interface IncidentDomains {
  incident_id: string
  domain: string
}

/** A lost-mail file; `summary` is whether a scan's summary of the logs lay beside it. */
export type ScopeSource = { file: string; sha256: string; rows: number; summary?: boolean }
/** Of one host's logs, or without one of the logs of all. */
export type CoverageGap = { from: string; to: string; host?: string; reason?: string }
export type CoveredHost = { host: string; first: string; last: string; lines: number }
export type Coverage = { gaps: CoverageGap[]; hosts?: CoveredHost[] }
/** Counted in rows of the files, but for `affected_addresses`; files of recipients alone know no messages. */
export type ScopeTotals = {
  rows: number
  affected_addresses: number
  lost_messages: number | null
  no_owner: number
  other_domain: number
  outside_window: number
  /** Missing in scopes that were loaded before there was such a thing. */
  no_word?: number
  duplicates: number
}

interface Scopes {
  id: Id
  incident_id: string
  version: number
  state: Generated<'draft' | 'published' | 'superseded' | 'withdrawn'>
  sources: JSONColumnType<ScopeSource[]>
  sources_key: string
  coverage: JSONColumnType<Coverage>
  totals: JSONColumnType<ScopeTotals>
  created_at: Generated<Date>
  created_by: string
  published_at: Nullable<Date>
  approved_by: Nullable<string>
  withdrawn_at: Nullable<Date>
  withdrawn_by: Nullable<string>
  /** Who wants it to be published, where a second person has to agree. */
  proposed_at: Nullable<Date>
  proposed_by: Nullable<string>
  withdrawal_proposed_at: Nullable<Date>
  withdrawal_proposed_by: Nullable<string>
}

type VerdictOfOthers = 'not_affected' | 'undetermined'

interface Publications {
  id: Id
  incident_id: string
  /** The scope that verdicts are bound to from then on, `null` for none. */
  scope_id: string | null
  former_scope_id: string | null
  published_at: Generated<Date>
  published_by: string
  /** Of all addresses that are not listed in `verdict_changes`, nor by the scope of a first publication. */
  others_from: VerdictOfOthers
  others_to: VerdictOfOthers
}

interface VerdictChanges {
  account_id: string
  publication_id: string
  email: string
  incident_id: string
  scope_id: string | null
  former_scope_id: string | null
  from_verdict: VerdictOfOthers | 'affected'
  to_verdict: VerdictOfOthers | 'affected'
}

interface AffectedAddresses {
  account_id: string
  scope_id: string
  email: string
  domain: string
  /** Whether the owner is a business account, which has a list to page through. */
  business: boolean
  lost_count: Nullable<number>
  first_lost_at: Nullable<Date>
  last_lost_at: Nullable<Date>
}

interface AffectedTotals {
  account_id: string
  scope_id: string
  domain: string
  addresses: number
  lost_messages: Nullable<number>
  /** Addresses of the account that are not affected, but apart or under another account. */
  doubted: Generated<number>
}

interface DoubtedAddresses {
  account_id: string
  scope_id: string
  email: string
}

interface AffectedRuns {
  account_id: string
  scope_id: string
  domain: string
  first_email: string
  last_email: string
}

interface LostMessages {
  account_id: string
  scope_id: string
  email: string
  received_at: Date
  id: Id
  sender: Nullable<string>
  message_id: Nullable<string>
  size: Nullable<string>
  queue_id: Nullable<string>
  handled_at: Nullable<Date>
}

interface UnmatchedRecipients {
  scope_id: string
  email: string
  /** `extension`: the address of a member; the mail was to that address with an extension, which nobody owns. */
  reason: 'no_owner' | 'extension' | 'other_domain' | 'outside_window' | 'no_word'
  lost_count: Nullable<number>
  first_lost_at: Nullable<Date>
  last_lost_at: Nullable<Date>
}

/** A view: what everybody may read now. */
interface Reports {
  id: string
  incident_id: string
  number: number
  title_ja: string
  title_en: string
  body_ja: string
  body_en: string
  /** When its first text was published. */
  published_at: Date
  revision: number
}

/** A report as it is written; its texts are those that are not published yet. */
interface ReportDrafts {
  id: Id
  incident_id: string
  /** Given once, when a time of publication is agreed on. */
  number: Nullable<number>
  title_ja: string
  title_en: string
  body_ja: string
  body_en: string
  /** Why a published text is corrected. */
  reason_ja: Generated<string>
  reason_en: Generated<string>
  version: Generated<number>
  changed_at: Generated<Date>
  changed_by: string
  /** The version of the text that somebody wants to publish. */
  proposed_version: Nullable<number>
  /** When; none for at once. */
  proposed_for: Nullable<Date>
  proposed_at: Nullable<Date>
  proposed_by: Nullable<string>
}

interface ReportRevisions {
  report_id: string
  revision: number
  title_ja: string
  title_en: string
  body_ja: string
  body_en: string
  reason_ja: string
  reason_en: string
  published_at: Date
  proposed_by: Nullable<string>
  approved_by: string
  /** Of a correction: whether those concerned are told. */
  notify: Nullable<boolean>
  notify_by: Nullable<string>
}

interface IncidentWordings {
  incident_id: string
  id: Id
  /** From then on. */
  at: Generated<Date>
  unaffected_ja: string
  unaffected_en: string
}

interface Sessions {
  id_hash: Buffer
  account_id: string
  password_version: Generated<number>
  created_at: Generated<Date>
  last_seen_at: Generated<Date>
}

interface SignInThrottle {
  key: string
  failures: number
  blocked_until: Date
  expires_at: Date
}

interface Staff {
  id: Id
  login_id: string
  name: string
  role: Role
  /** Of the company's own login, as issuer and subject; such staff have no password here. */
  subject: Nullable<string>
  password_hash: Nullable<string>
  /** Sealed with the portal's secret. */
  totp_secret: Nullable<string>
  totp_confirmed_at: Nullable<Date>
  /** Of the last one-time code that was taken, in 30 s since 1970: none is taken twice. */
  totp_last_step: ColumnType<string, number | undefined, number>
  enrolment_hash: Nullable<Buffer>
  enrolment_expires_at: Nullable<Date>
  /** Who of the staff gave the last enrolment code. */
  enrolled_by: Nullable<string>
  /** Grows with each change of how they log in; a session of another version has ended. */
  version: Generated<number>
  created_at: Generated<Date>
  created_by: string
  disabled_at: Nullable<Date>
}

interface RecoveryCodes {
  staff_id: string
  code_hash: Buffer
  used_at: Nullable<Date>
}

interface StaffSessions {
  id_hash: Buffer
  staff_id: string
  version: number
  created_at: Generated<Date>
  last_seen_at: Generated<Date>
  /** When the second factor was given last. */
  confirmed_at: Generated<Date>
}

export type ActorKind = 'member' | 'staff' | 'command' | 'nobody'
export type AuditDetails = Record<string, string | number | boolean | null>

interface AuditEvents {
  id: Id
  at: GeneratedAlways<Date>
  actor_kind: ActorKind
  actor_id: Nullable<string>
  actor: string
  action: string
  account_id: Nullable<string>
  incident_id: Nullable<string>
  details: JSONColumnType<AuditDetails>
  hash: GeneratedAlways<Buffer>
}

export type LookUpReason = 'call' | 'mail' | 'claim' | 'investigation'

interface LookUps {
  account_id: string
  id: Id
  staff_id: string
  at: Generated<Date>
  reason: LookUpReason
  ticket: string
  /** By what the rows with sender and time were opened to the agent. */
  rows_by: Nullable<'consent' | 'break_glass'>
  rows_at: Nullable<Date>
  /** The member says: I did not ask for this. */
  disputed_at: Nullable<Date>
}

interface Consents {
  account_id: string
  id: Id
  code_hash: Buffer
  created_at: Generated<Date>
  expires_at: Date
  attempts: Generated<number>
  used_at: Nullable<Date>
  look_up_id: Nullable<string>
}

interface BreakGlassRequests {
  account_id: string
  look_up_id: string
  reason: string
  requested_at: Generated<Date>
  decided_at: Nullable<Date>
  decided_by: Nullable<string>
  approved: Nullable<boolean>
}

interface SupportNotes {
  account_id: string
  id: Id
  staff_id: string
  at: Generated<Date>
  text: string
}

interface LostMailClaims {
  account_id: string
  id: Id
  incident_id: string
  email: string
  expected_at: Date
  sender: string
  created_at: Generated<Date>
}

interface StaffUses {
  staff_id: string
  what: string
  /** When the ten minutes began that are counted. */
  since: Generated<Date>
  count: number
}

interface SeenVerdicts {
  account_id: string
  scope_id: string
  seen_at: Generated<Date>
}

interface ScopeIntervals {
  scope_id: string
  /** Start of five minutes. */
  at: Date
  lost_messages: number
}

interface Activity {
  minute: Date
  what: string
  count: number
  last_at: Generated<Date>
}

export type NoticeKind = 'affected' | 'correction' | 'cleared' | 'report'
export type NoticeState =
  | 'planned'
  /** Taken by a worker, not handed to the mail server yet. */
  | 'claimed'
  /** May be at the mail server. */
  | 'sending'
  | 'accepted'
  /** The connection broke after the message was handed over: nobody knows. */
  | 'unknown'
  | 'bounced'
  | 'failed'
  | 'unreachable'
  | 'cancelled'

interface Notices {
  account_id: string
  id: Id
  incident_id: string
  publication_id: string
  kind: NoticeKind
  /** None for who cannot be reached by mail. */
  recipient: Nullable<string>
  domain: Nullable<string>
  language: Language
  /** Local part of the Message-ID, and part of the return path. */
  token: Generated<string>
  /** How many addresses it tells of. */
  addresses: number
  state: NoticeState
  attempts: Generated<number>
  due_at: Generated<Date>
  claimed_by: Nullable<string>
  claimed_at: Nullable<Date>
  ended_at: Nullable<Date>
  response: Nullable<string>
  fallback_of: Nullable<string>
  /** Of kind `report`: which text of which report it tells of. */
  report_id: Nullable<string>
  revision: Nullable<number>
  /** By a person: no other mailbox is tried by itself. */
  given_up: Generated<boolean>
}

interface NoticeAddresses {
  account_id: string
  notice_id: string
  email: string
  affected: boolean
}

interface NoticeSendings {
  incident_id: string
  paused: Generated<boolean>
  /** Messages a second, of all workers together. */
  rate: number
  domain_rate: Nullable<number>
  deadline: Nullable<Date>
  allowance: Generated<number>
  refilled_at: Generated<Date>
  wave_size: Nullable<number>
  /** Seconds after a wave. */
  wave_pause: Nullable<number>
  wave_left: Nullable<number>
  wave_from: Generated<Date>
  /** Whether the rate is halved while the login turns visitors away, and how often it is. */
  heeds_login: Generated<boolean>
  brake: Generated<number>
  braked_at: Generated<Date>
}

interface NoticeDomains {
  domain: string
  allowance: Generated<number>
  refilled_at: Generated<Date>
  failures: Generated<number>
  not_before: Generated<Date>
}

interface LoginQueues {
  process: string
  at: Date
  waiting: number
  running: number
}

interface DeskJobs {
  id: Id
  incident_id: string
  by: string
  /** Names of the files, as they were uploaded. */
  files: string
  state: Generated<'running' | 'done' | 'failed'>
  step: Generated<string>
  /** Of `total`: bytes read, then steps. A bigint comes as text. */
  done: ColumnType<string, number | undefined, number>
  total: ColumnType<string, number | undefined, number>
  /** Lines for whoever started it: why it failed, or what is apart. */
  message: Generated<string>
  scope_version: Nullable<number>
  /** False when the files were that version already. */
  fresh: Nullable<boolean>
  started_at: Generated<Date>
  /** Set every second or so while the process is alive. */
  heartbeat_at: Generated<Date>
}
