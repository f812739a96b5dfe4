/**
 * A path on our own site that somebody asks to be sent to, or undefined when it may lead elsewhere
 * (`//evil.example`, `/\evil.example`, a scheme, control characters).
 */
export function localPath(text: string | undefined): string | undefined {
  const site = 'http://our.invalid'
  if (!text?.startsWith('/') || text.length > 4_000) return undefined
  const url = URL.parse(text, site)
  if (url?.origin !== site || url.username) return undefined
  return url.pathname.startsWith('//') ? undefined : url.pathname + url.search
}

/** Whether an address may be one of ours: the router would answer others without any page. */
export function isDecodable(url: string): boolean {
  try {
    const path = decodeURIComponent(url.split('?')[0] ?? '')
    return path.length < 300 && !path.includes('\0')
  } catch {
    return false
  }
}
