import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** A real Chromium from npm, closed after the test file. */
export async function openBrowser(): Promise<Browser> {
  // Each test file unpacks into a folder of its own: two at once would write over each other.
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-browser-'))
  process.env.TMPDIR = folder
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // Not the package's own list: it runs all in one process and switches web security off.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
    headless: true
  })
  after(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return browser
}
