const digits = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'

/** As Postfix makes it by default: microseconds and inode in base 16. `at` is in milliseconds. */
export function shortQueueId(at: number, microseconds: number, inode: number): string {
  const fraction = (at % 1_000) * 1_000 + microseconds
  return fraction.toString(16).toUpperCase().padStart(5, '0') + inode.toString(16).toUpperCase()
}

/** With `enable_long_queue_ids`: seconds and microseconds in base 52, `z`, the inode in base 51. */
export function longQueueId(at: number, microseconds: number, inode: number): string {
  const fraction = (at % 1_000) * 1_000 + microseconds
  return `${inBase(52, Math.floor(at / 1_000), 6)}${inBase(52, fraction, 4)}z${inBase(51, inode, 0)}`
}

function inBase(base: number, value: number, length: number): string {
  const rest = Math.floor(value / base)
  return `${rest > 0 ? inBase(base, rest, length - 1) : ''.padStart(length - 1, '0')}${digits[value % base]}`
}
