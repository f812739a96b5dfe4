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
