import { createHash, createVerify } from 'node:crypto'

/**
 * Whether a message carries a signature that holds, by RFC 6376 with relaxed canonicalization of both parts.
 * @param publicKey PEM of what the DNS would have
 */
export function verifyDkim(raw: string, publicKey: string) {
  const end = raw.indexOf('\r\n\r\n')
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
  const signature = fields.find(field => /^dkim-signature:/i.test(field)) ?? ''
  const tags = tagsOf(signature)
  const body = canonicalBody(raw.slice(end + 4))
  const names = (tags.get('h') ?? '').split(':')
  const signed = names.map(name => canonicalField(fields.findLast(field => nameOf(field) === name) ?? ''))
  // Its own value is what it was before there was a signature in it.
  const own = canonicalField(signature.replace(/(;\s*b=)[^;]*$/, '$1'))
  const verifier = createVerify('rsa-sha256').update([...signed, own].join('\r\n'))
  return {
    ...{ domain: tags.get('d'), selector: tags.get('s'), names },
    body: createHash('sha256').update(body).digest('base64') === tags.get('bh'),
    signature: verifier.verify(publicKey, tags.get('b') ?? '', 'base64')
  }
}

function tagsOf(field: string): Map<string, string> {
  const words = field.slice(field.indexOf(':') + 1).split(';')
  return new Map(
    words.map(word => {
      const [name = '', ...value] = word.split('=')
      return [name.trim(), value.join('=').replace(/\s/g, '')]
    })
  )
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).toLowerCase()
}

function canonicalField(field: string): string {
  const value = field.slice(field.indexOf(':') + 1).replace(/\r\n/g, '')
  return `${nameOf(field)}:${value.replace(/[ \t]+/g, ' ').trim()}`
}

function canonicalBody(body: string): string {
  const lines = body.split('\r\n').map(line => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  return lines.join('\r\n').replace(/(\r\n)*$/, '\r\n')
}
