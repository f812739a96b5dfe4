// What draws bars is large: it is only loaded where there is a terminal to draw them on.
const drawing = process.stderr.isTTY ? (await import('cli-progress')).default : undefined

export type Progress = {
  /** Reports how much is done; draws at most a few times a second. */
  at: (done: number, told?: Record<string, string>) => void
  end: () => void
}

/** A progress bar on a terminal; elsewhere a plain line every 5 seconds. Writes to stderr. */
export function showProgress(label: string, total: number, unit: string): Progress {
  return drawing ? bar(drawing, { label, total, unit }) : lines(label, total, unit)
}

/** The same for bytes: in MB, with the speed and the time that is left. */
export function showBytes(label: string, total: number): Progress {
  const start = Date.now()
  const mega = (bytes: number) => Math.round(bytes / 1e6)
  const speed = (done: number) => `MB, ${mega((done * 1_000) / Math.max(1, Date.now() - start))} MB/s`
  const shown = drawing && bar(drawing, { label, total: mega(total), unit: '{speed}' })
  const { at, end } = shown ?? lines(label, mega(total), 'MB')
  return { at: done => at(mega(done), { speed: speed(done) }), end }
}

type Shown = { label: string; total: number; unit: string }

function bar({ SingleBar, Presets }: NonNullable<typeof drawing>, { label, total, unit }: Shown): Progress {
  const format = `${label} {bar} {percentage} % · {value}/{total} ${unit} · {eta_formatted} left`
  const drawn = new SingleBar({ format, fps: 5, hideCursor: true }, Presets.shades_classic)
  drawn.start(total, 0, { speed: '' })
  return { at: (done, told) => drawn.update(done, told), end: () => drawn.stop() }
}

function lines(label: string, total: number, unit: string): Progress {
  let last = Date.now()
  const at = (done: number) => {
    if (Date.now() - last < 5_000) return
    last = Date.now()
    console.error(
      `${label}: ${Math.floor((100 * done) / Math.max(total, 1))} % (${done} of ${total} ${unit})`
    )
  }
  return { at, end: () => {} }
}
