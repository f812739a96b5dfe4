import { MessageChannel, Worker } from 'node:worker_threads'

let thread: Worker | undefined

/**
 * SHA-crypt (`$5$`, `$6$`) of a password, in a thread of its own: a million rounds take seconds.
 * @param setting `$5$salt` or `$6$rounds=…$salt`; what follows the salt, such as a hash, is ignored
 * @returns the string as crypt(3) writes it
 */
export async function shaCrypt(typed: string, setting: string): Promise<string> {
  thread ??= startThread()
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<string>((resolve, reject) => {
    port1.once('message', resolve)
    port1.once('close', () => reject(new Error('The thread for SHA-crypt has ended.')))
  })
  thread.postMessage({ typed, setting, port: port2 }, [port2])
  return answer.finally(() => port1.close())
}

function startThread(): Worker {
  const started = new Worker(new URL('./sha-crypt-thread.ts', import.meta.url))
  started.on('error', () => {})
  started.on('exit', () => (thread = undefined))
  started.unref()
  return started
}
