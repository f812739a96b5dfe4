/** An address on a server that has an export, as it is here: whoever kept it finds the page when the portal is back. */
export function fromExport(url: string): string {
  if (/^\/index\.html(?=$|\?)/.test(url)) return url.replace('/index.html', '/')
  return url.replace(/^(\/news\/[^?]*?)(?:\/|\/index\.html)(?=$|\?)/, '$1')
}

/** Our own pages' addresses in HTML, as something else: they all begin with one slash. */
export function changeLinks(html: string, change: (path: string) => string): string {
  return html.replaceAll(
    /(<[a-z][^<>]*?\s(?:href|src))="(\/(?!\/)[^"]*)"/g,
    (_, start: string, path: string) => `${start}="${change(path)}"`
  )
}
