/** Our own pages' addresses in HTML, as something else: they all begin with one slash. */
export function changeLinks(html: string, change: (path: string) => string): string {
  return html.replaceAll(
    /(<[a-z][^<>]*?\s(?:href|src))="(\/(?!\/)[^"]*)"/g,
    (_, start: string, path: string) => `${start}="${change(path)}"`
  )
}
