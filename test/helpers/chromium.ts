import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'

const packed = path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium')))
const folder = path.join(packed, 'unpacked')
export const executablePath = path.join(folder, 'chromium')

/** Unpacks the Chromium from npm beside it, once for all runs: each time would keep a core busy for seconds. */
export async function unpackChromium() {
  if (existsSync(executablePath)) return
  const unpacking = mkdtempSync(path.join(packed, 'unpacking-'))
  const { TMPDIR } = process.env
  process.env.TMPDIR = unpacking
  try {
    await chromium.executablePath()
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
  try {
    renameSync(unpacking, folder)
  } catch {
    // Another run was faster.
    rmSync(unpacking, { recursive: true })
  }
}
