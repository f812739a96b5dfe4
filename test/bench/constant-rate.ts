import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Opens pages in turn at a constant rate, whether or not those before have been answered.
 * @returns `during`, which tells the latencies, in milliseconds, of the pages that were opened while some work
 *   was done, and `stop`
 */
export function openPages(url: string, visitors: http.OutgoingHttpHeaders[], perSecond: number) {
  // A connection that the portal may be closing at this moment is not used again.
  const agent = new http.Agent({ keepAlive: true, timeout: 30_000 })
  const stopped = new AbortController()
  let taken: number[] = []
  let failed: unknown
  const opening = (async () => {
    const start = performance.now()
    for (let number = 0; !stopped.signal.aborted; number++) {
      await sleep(Math.max(0, start + (number * 1_000) / perSecond - performance.now()))
      const into = taken
      open(number).then(
        latency => into.push(latency),
        error => {
          failed ??= error
        }
      )
    }
  })()

  async function open(number: number): Promise<number> {
    const start = performance.now()
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = visitors[number % visitors.length] ?? {}
      http.get(url, { agent, headers, timeout: 30_000 }, resolve).on('error', reject)
    })
    for await (const _ of response);
    if (response.statusCode !== 200) throw new Error(`${url} was answered with ${response.statusCode}`)
    return performance.now() - start
  }

  return {
    async during<T>(work: () => Promise<T>): Promise<{ worked: T; latencies: number[] }> {
      const mine: number[] = []
      taken = mine
      const worked = await work()
      taken = []
      if (failed) throw failed
      return { worked, latencies: mine }
    },
    async stop() {
      stopped.abort()
      await opening
      agent.destroy()
    }
  }
}

export function quantiles(values: number[]) {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), most: at(1) }
}
