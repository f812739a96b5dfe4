const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const japan = 9 * 3_600

/** A second since 1970 as syslog writes it (RFC 3164) in Japan: no year, no zone, the day in two places. */
export function timestamp(second: number): string {
  const date = new Date(1_000 * (second + japan))
  const day = String(date.getUTCDate()).padStart(2)
  return `${months[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)}`
}
