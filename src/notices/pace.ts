/** How the notices of an incident go out at a moment; times in seconds, by the clock of the database. */
export type Standing = {
  rate: number
  domain_rate: number | null
  allowance: number
  /** Since the allowance was written. */
  since: number
  /** Whether it is halved while the login turns visitors away, and how often it is. */
  heeds_login: boolean
  brake: number
  since_braked: number
  /** Since the login last turned somebody away. */
  since_refused: number | null
  wave_size: number | null
  /** Of this wave. */
  wave_left: number | null
  /** Until the next wave may begin. */
  wave_wait: number
}

export type Pace = {
  /** Messages a second, of all workers together. */
  rate: number
  brake: number
  /** Messages that may go out now. */
  allowance: number
  /** Of this wave, if there are waves. */
  waveLeft: number | null
  /** Milliseconds until one may go out. */
  wait: number
  betweenWaves: boolean
}

/** Of the rate, halved each time: to a sixteenth. Whoever storms the login cannot stop the notices. */
const mostBrake = 4
/** What the login refused within this many seconds still counts. */
const recent = 60
/** Between two times that the rate is halved: who is told now comes some time later. */
const patience = 30

/**
 * How many may go out now. All workers draw on one allowance, of a second at the most. While the login turns visitors
 * away the rate is halved every 30 s; when it has turned away nobody for a minute, it is doubled every minute.
 */
export function paceOf(standing: Standing): Pace {
  const brake = brakeOf(standing)
  const rate = standing.rate / 2 ** brake
  // A clock that was put back takes nothing away.
  const earned = Math.max(0, standing.since) * rate
  const allowance = Math.min(Math.max(rate, 1), standing.allowance + earned)
  const waveLeft = leftOfWave(standing)
  const betweenWaves = waveLeft === 0
  const wait = betweenWaves
    ? 1_000 * standing.wave_wait
    : allowance < 1
      ? (1_000 * (1 - allowance)) / rate
      : 0
  return { rate, brake, allowance, waveLeft, wait: Math.ceil(wait), betweenWaves }
}

function brakeOf({ heeds_login, brake, since_braked, since_refused }: Standing): number {
  if (!heeds_login) return 0
  const refuses = since_refused !== null && since_refused < recent
  if (refuses && since_refused < since_braked && (brake === 0 || since_braked > patience))
    return Math.min(mostBrake, brake + 1)
  if (!refuses && brake > 0 && since_braked > recent) return brake - 1
  return brake
}

function leftOfWave({ wave_size, wave_left, wave_wait }: Standing): number | null {
  if (wave_size === null) return null
  if (wave_left === null || (wave_left === 0 && wave_wait <= 0)) return wave_size
  return wave_left
}
