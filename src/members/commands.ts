import type { CommandPortal, Commands } from '../terminal/commands.ts'
import { type Imported, importMembers, type MemberImport } from './import.ts'
import type { Passwords } from './summary.ts'

export const memberCommands: Commands = (program, withPortal) => {
  program
    .command('members')
    .description('accounts and their addresses')
    .command('import')
    .description('make accounts and addresses what a CSV file says')
    .argument(
      '<file>',
      'CSV: login_id,kind,name,contact_email,language,password_hash,address; a row an address'
    )
    .option('--skip-bad-rows', 'import the good rows although there are bad ones')
    .option('--disable-missing', 'disable the accounts that no row names')
    .option('--wrap-later', 'keep fast password hashes as they are until the login')
    .option('--problems <file>', 'write all lines with problems to this CSV file')
    .action((file: string, asked: Omit<MemberImport, 'file'>) =>
      withPortal(portal => importFile(portal, { ...asked, file }))
    )
}

async function importFile(portal: CommandPortal, asked: MemberImport) {
  const imported = await importMembers(portal, asked)
  if (imported.problems.count > 0) {
    console.error(imported.problems.lines.join('\n'))
    console.error(`Bad rows that were left out: ${number(imported.problems.count)}`)
  }
  report(imported)
  if (!asked.disableMissing || !imported.nameless) return
  console.error('Nobody was disabled: some of the bad rows do not say whom they are about.')
  process.exitCode = 1
}

function report({ rows, accounts, addresses, passwords, unknown, newDomains }: Imported) {
  console.log(`Rows: ${number(rows)}`)
  console.log(`Accounts: ${counts(accounts)}`)
  console.log(`Addresses: ${counts(addresses)}`)
  console.log(`Passwords: ${counts(named(passwords))}`)
  for (const line of unknown.lines) console.log(`  ${line}`)
  if (newDomains.length === 0) return
  console.log(`New domains, taken as virtual: ${number(newDomains.length)}: ${firstFew(newDomains)}`)
  console.log('If one is yours: mypage domains provider NAME')
}

function named(passwords: Passwords): Record<string, number> {
  const { unchanged, taken, wrapped, later, none, unknown } = passwords
  return {
    unchanged,
    'taken as they are': taken,
    'wrapped in argon2id': wrapped,
    'to be wrapped at the login': later,
    none,
    'of an unknown scheme': unknown
  }
}

function counts(named: Record<string, number>): string {
  return Object.entries(named)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')
}

function firstFew(names: string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')}, …` : names.join(', ')
}

function number(count: number): string {
  return count.toLocaleString('en')
}
