import { createTransport } from 'nodemailer'
import type { Channel } from './posts.ts'

/** A JSON POST; `text` is what chat systems show. The rest of the address may be a secret and is never told. */
export function webhook(address: string): Channel {
  const { url, authorization } = credentialsApart(address)
  return {
    name: `The webhook at ${url.host}`,
    async send({ subject, text, alarm }, signal) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'mypage-watch', ...authorization },
        body: JSON.stringify({ text: escaped(`${subject}\n${text}`), subject, alarm }),
        redirect: 'error',
        signal
      })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    }
  }
}

/** What a stranger's reply has in it calls nobody, and is no link under another name: `<!channel>`, `<https://…|us>`. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** `fetch` takes no name and password in an address, and quotes them when it says so. */
function credentialsApart(address: string) {
  const url = new URL(address)
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':')
  url.username = url.password = ''
  if (credentials === ':') return { url, authorization: {} }
  return { url, authorization: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }
}

type Mail = { smtpUrl: string; from: string; to: string[] }

export function mail({ smtpUrl, from, to }: Mail): Channel {
  const seconds = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 }
  const transport = createTransport({ url: smtpUrl, ...seconds })
  // Nobody's vacation is told to a machine (RFC 3834).
  const headers = { 'Auto-Submitted': 'auto-generated' }
  return {
    name: `The mail server ${new URL(smtpUrl).host}`,
    async send({ subject, text }) {
      await transport.sendMail({ from, to, subject: `[MyPage] ${subject}`, text, headers })
    }
  }
}
