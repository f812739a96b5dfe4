import { userInfo } from 'node:os'

/** Who types the command, for the record: the name of the system's user. */
export function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    // In a container the user may have a number only.
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}

/** The same as who does something, for the audit. */
export function commandActor() {
  return { kind: 'command' as const, name: operatorName() }
}
