import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'

export type Ended = { code: number | null; stdout: string; stderr: string }

const secret = 'a secret of the tests, long enough to be one'

/** Runs `mypage …` as a person would, on the database of this test file. */
export function mypage(databaseUrl: string, ...args: string[]): Promise<Ended> {
  return mypageWith({}, databaseUrl, ...args)
}

/** The same with further settings. */
export function mypageWith(
  settings: Record<string, string>,
  databaseUrl: string,
  ...args: string[]
): Promise<Ended> {
  const cli = path.join(import.meta.dirname, '../../src/cli.ts')
  const base = { BASE_URL: 'http://127.0.0.1:3000', DATABASE_URL: databaseUrl, PORTAL_SECRET: secret }
  const env = { ...process.env, ...base, ...settings }
  const child = spawn(process.execPath, [cli, ...args], { env })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', data => (ended.stdout += data))
  child.stderr.on('data', data => (ended.stderr += data))
  return new Promise(resolve => child.on('close', code => resolve({ ...ended, code })))
}

/** A function that writes files into a folder that is removed after the test file. */
export function temporaryFiles() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-files-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return (name: string, content: string | Buffer) => {
    const file = path.join(folder, name)
    writeFileSync(file, content)
    return file
  }
}
