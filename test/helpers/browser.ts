import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after } from 'node:test'
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core'
import { executablePath } from './chromium.ts'

/** A real Chromium from npm, closed after the test file. */
export async function openBrowser(): Promise<Browser> {
  const browser = await playwright.launch({
    executablePath,
    // Not the package's own list: it runs all in one process and switches web security off.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
    headless: true
  })
  after(() => browser.close())
  return browser
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds wrong on a page by WCAG 2.2 A and AA, as readable lines; none is what we want. */
async function findBarriers(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy does not bind.
  await page.evaluate(axe)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  // The pages have far more that is right: it stays there.
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'] })
  const violations = (await page.evaluate(`axe.run(${options}).then(found => found.violations)`)) as {
    id: string
    help: string
    nodes: { html: string; failureSummary: string }[]
  }[]
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`)
  )
}

export const phone = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }

/** One visit in a browser of its own, in Japanese unless told otherwise; the browser must not complain. */
export function visitIn(browser: Browser) {
  return async (options: BrowserContextOptions, journey: (page: Page) => Promise<void>) => {
    const context = await browser.newContext({ locale: 'ja-JP', ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.setDefaultTimeout(10_000)
    page.on('console', message => {
      // A refused form is answered with 400, which Chromium reports.
      if (message.type() === 'error' && !/status of 400/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(String(error)))
    await journey(page)
    assert.deepEqual(complaints, [], 'the browser complains')
    await context.close()
  }
}

/** A page without barriers that is no wider than its window. */
export async function check(page: Page) {
  assert.deepEqual(await findBarriers(page), [], page.url())
  const overflow: number = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is wider than its window`)
}
