import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import type { Actor } from '../audit/record.ts'
import type { Database, Role } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { operatorName } from '../terminal/operator.ts'
import {
  addStaff,
  type Changed,
  changeDisabled,
  changeRole,
  type Refused,
  renewEnrolment
} from './changes.ts'
import { findStaff, listStaff } from './queries.ts'

const roles: Role[] = ['support', 'operator', 'admin']

export const staffCommands: Commands = (program, withPortal) => {
  const staff = program.command('staff').description('who of the provider may log in, and as what')

  staff
    .command('add')
    .description('add somebody; prints the code with which they set password and second factor')
    .argument('<login-id>', 'such as m.suzuki')
    .requiredOption('--name <name>', 'as others of the staff read it')
    .requiredOption('--role <role>', 'support, operator or admin')
    .action((id: string, asked: { name: string; role: string }) => withPortal(({ db }) => add(db, id, asked)))

  staff
    .command('list')
    .description('everybody, with role and state')
    .action(() => withPortal(({ db }) => list(db)))

  staff
    .command('role')
    .description('give another role, from the next click on')
    .argument('<login-id>')
    .argument('<role>', 'support, operator or admin')
    .action((id: string, role: string) => withPortal(({ db }) => giveRole(db, id, role)))

  staff
    .command('enrol')
    .description('a new enrolment code; password and second factor become void')
    .argument('<login-id>')
    .action((id: string) => withPortal(({ db }) => enrol(db, id)))

  staff
    .command('disable')
    .description('end all sessions, and let no more begin')
    .argument('<login-id>')
    .action((id: string) => withPortal(({ db }) => disable(db, id, true)))

  staff
    .command('enable')
    .description('take that back')
    .argument('<login-id>')
    .action((id: string) => withPortal(({ db }) => disable(db, id, false)))
}

async function add(db: Database, id: string, { name, role }: { name: string; role: string }) {
  const login_id = canonicalLoginId(id)
  if (!isLoginId(login_id)) throw new Failure(`"${id}" must be 1 to 64 letters, digits and signs of ASCII.`)
  const added = { login_id, name, role: readRole(role), by: operatorName() }
  const { code } = done(await addStaff(db, actor(), added), login_id)
  console.log(`${login_id} is added as ${added.role}.`)
  tellCode(code)
}

function tellCode(code: string) {
  console.log(`Enrolment code, good for 72 hours: ${code}`)
  console.log('With it they set their password and second factor at /login/staff/enrol.')
}

async function list(db: Database) {
  const staff = await listStaff(db)
  if (staff.length === 0)
    console.log('There is nobody yet. Next: mypage staff add LOGIN-ID --name … --role admin')
  for (const { login_id, name, role, disabled_at, totp_confirmed_at, subject, seen_at } of staff) {
    const state = disabled_at ? 'disabled' : subject || totp_confirmed_at ? 'active' : 'not enrolled'
    const seen = seen_at ? `, seen ${seen_at.toISOString()}` : ''
    console.log(`${login_id}  ${role}  ${state}${subject ? ', company account' : ''}${seen}  ${name}`)
  }
}

async function giveRole(db: Database, id: string, text: string) {
  const role = readRole(text)
  const known = await knownStaff(db, id)
  done(await changeRole(db, actor(), known, role), `${known.login_id} is ${role}`)
  console.log(`${known.login_id} is ${role} now.`)
}

async function enrol(db: Database, id: string) {
  const known = await knownStaff(db, id)
  const { code } = done(await renewEnrolment(db, actor(), known), known.login_id)
  tellCode(code)
}

async function disable(db: Database, id: string, disabled: boolean) {
  const known = await knownStaff(db, id)
  const state = `${known.login_id} is ${disabled ? 'disabled' : 'enabled'}`
  done(await changeDisabled(db, actor(), known, disabled), state)
  console.log(`${state}.`)
}

function actor(): Actor {
  return { kind: 'command', name: operatorName() }
}

/** @throws Failure that says why nothing was changed */
function done<T extends object>(changed: Changed<T>, what: string): T {
  if (changed.refused !== undefined) throw new Failure(refusals[changed.refused](what))
  return changed
}

const refusals: Record<Refused, (what: string) => string> = {
  taken: login_id => `There is a "${login_id}" already; mypage staff list shows everybody.`,
  same: state => `${state} already.`,
  company: () => 'The company account decides that: it brings the role, and needs no code.',
  'last administrator': () => 'There is no other administrator who can log in. Next: mypage staff add …'
}

function readRole(text: string): Role {
  const role = roles.find(known => known === text)
  if (!role) throw new Failure(`There is no role "${text}". There are: ${roles.join(', ')}.`)
  return role
}

async function knownStaff(db: Database, id: string) {
  const found = await findStaff(db, canonicalLoginId(id))
  if (!found) throw new Failure(`There is no "${id}"; mypage staff list shows everybody.`)
  return found
}
