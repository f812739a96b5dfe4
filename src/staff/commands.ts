import { canonicalLoginId, isLoginId } from '../accounts/canonical.ts'
import { record } from '../audit/record.ts'
import type { Database, Role } from '../database/tables.ts'
import type { Commands } from '../terminal/commands.ts'
import { Failure } from '../terminal/failure.ts'
import { operatorName } from '../terminal/operator.ts'
import { giveEnrolmentCode } from './enrolment.ts'
import { findStaff, insertStaff, listStaff, setDisabled, setRole } from './queries.ts'

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
  const known = readRole(role)
  const code = await db.transaction().execute(async tx => {
    const added = await insertStaff(tx, { login_id, name, role: known, created_by: operatorName() })
    if (!added) throw new Failure(`There is a "${login_id}" already; mypage staff list shows everybody.`)
    const given = await giveEnrolmentCode(tx, added.id)
    await recordChange(tx, 'staff added', { staff: login_id, role: known })
    return given
  })
  console.log(`${login_id} is added as ${known}.`)
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
  const { id: staffId, login_id, role: former } = await knownStaff(db, id)
  await db.transaction().execute(async tx => {
    if (!(await setRole(tx, staffId, role))) throw new Failure(`${login_id} is ${role} already.`)
    await recordChange(tx, 'staff role changed', { staff: login_id, from: former, to: role })
  })
  console.log(`${login_id} is ${role} now.`)
}

async function enrol(db: Database, id: string) {
  const { id: staffId, login_id, subject } = await knownStaff(db, id)
  if (subject !== null) throw new Failure(`${login_id} logs in with the company account, without a code.`)
  const code = await db.transaction().execute(async tx => {
    const given = await giveEnrolmentCode(tx, staffId)
    await recordChange(tx, 'staff enrolment renewed', { staff: login_id })
    return given
  })
  tellCode(code)
}

async function disable(db: Database, id: string, disabled: boolean) {
  const { id: staffId, login_id } = await knownStaff(db, id)
  const state = disabled ? 'disabled' : 'enabled'
  await db.transaction().execute(async tx => {
    if (!(await setDisabled(tx, staffId, disabled))) throw new Failure(`${login_id} is ${state} already.`)
    await recordChange(tx, `staff ${state}`, { staff: login_id })
  })
  console.log(`${login_id} is ${state}.`)
}

async function recordChange(db: Database, action: string, details: Record<string, string>) {
  await record(db, { actor: { kind: 'command', name: operatorName() }, action, details })
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
