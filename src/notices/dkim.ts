import { text } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'
import type { DkimKey } from '../config.ts'

/** Signs whole messages with a key of ours (RFC 6376), where the mail server does not. */
export function signerWith({ domain, selector, privateKey }: DkimKey) {
  const dkim = new DKIM({ domainName: domain, keySelector: selector, privateKey })
  return async (message: string): Promise<string> => {
    const signed = await text(dkim.sign(message))
    // The library sends what it could not sign as it is.
    if (!signed.startsWith('DKIM-Signature:')) throw new Error('The message could not be signed.')
    return signed
  }
}
