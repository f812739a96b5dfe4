import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { NodemailerError } from 'nodemailer/lib/errors'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Ended } from './ending.ts'

/** `from` is the return path. */
export type Letter = { from: string; to: string; message: string }

/** Milliseconds; the mail server is our own. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 }
/** Messages after which a connection is made anew: what balances mail servers wants that. */
const messagesAtMost = 500

/** The mail server cannot be reached or does not let us in; nothing was handed over. */
export class ServerAway extends Error {}

/** A connection to the mail server that is opened when it is needed, for one message after the other. */
export class Lane {
  readonly #url: URL
  #connection: SMTPConnection | undefined
  #sent = 0
  #place = Buffer.allocUnsafeSlow(16_384)

  /** @param url `smtp://user:password@host:port`, or `smtps://…` */
  constructor(url: string) {
    this.#url = new URL(url)
  }

  /**
   * Hands over one message. What broke before the server asked for the message was not sent; what broke after that,
   * without an answer, is unknown: it may have been taken (RFC 5321, 4.5.3.2.6).
   * @throws ServerAway when there is no connection to be had
   */
  async send({ from, to, message }: Letter): Promise<Ended> {
    const connection = await this.#open()
    let handedOver = false
    const bytes = this.#bytesOf(message)
    // Told when the server asks for the message, as a stream would be: one for each costs more than it does.
    const source = {
      pipe(stream: NodeJS.WritableStream) {
        handedOver = true
        stream.end(bytes)
      }
    }
    try {
      const response = await new Promise<string>((resolve, reject) => {
        connection.send({ from, to: [to] }, source as unknown as Readable, (error, info) =>
          error ? reject(error) : resolve(info.response)
        )
      })
      if (++this.#sent >= messagesAtMost) this.close()
      return { outcome: 'accepted', response }
    } catch (error) {
      // Of a message that broke off, bytes may wait yet to be written: the next one must not take their place.
      if (handedOver) this.#place = Buffer.allocUnsafeSlow(this.#place.length)
      return this.#judge(error as NodemailerError, handedOver)
    }
  }

  /** In a place of this lane's own, until the next: thousands of buffers a second are freed too late. */
  #bytesOf(message: string): Buffer {
    const size = Buffer.byteLength(message)
    if (size > this.#place.length) this.#place = Buffer.allocUnsafeSlow(2 * size)
    return this.#place.subarray(0, this.#place.write(message))
  }

  async #judge(error: NodemailerError, handedOver: boolean): Promise<Ended> {
    const response = error.response ?? error.message
    const { responseCode: code } = error
    if (code === undefined || code === 421) this.close()
    else await this.#reset()
    if (code !== undefined && code >= 500) return { outcome: 'failed', response }
    if (code !== undefined && code >= 400) return { outcome: 'deferred', response }
    return { outcome: handedOver ? 'unknown' : 'dropped', response }
  }

  /** After a refusal the connection goes on with the next message. */
  async #reset() {
    const connection = this.#connection
    if (!connection) return
    try {
      await promisify(connection.reset.bind(connection))()
    } catch {
      this.close()
    }
  }

  async #open(): Promise<SMTPConnection> {
    if (this.#connection) return this.#connection
    const { hostname, port, protocol, username, password } = this.#url
    const secure = protocol === 'smtps:'
    const connection = new SMTPConnection({
      ...timeouts,
      ...{ host: hostname, port: Number(port) || (secure ? 465 : 587), secure }
    })
    const gone = () => {
      if (this.#connection === connection) this.#connection = undefined
    }
    connection.on('end', gone)
    try {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject)
        connection.connect(error => (error ? reject(error) : resolve()))
      })
      // From now on what breaks is told to who sends.
      connection.removeAllListeners('error')
      connection.on('error', gone)
      if (username) {
        const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
        await promisify(connection.login.bind(connection))({ credentials })
      }
    } catch (error) {
      connection.close()
      throw new ServerAway((error as Error).message)
    }
    this.#connection = connection
    this.#sent = 0
    return connection
  }

  close() {
    this.#connection?.quit()
    this.#connection = undefined
  }
}
