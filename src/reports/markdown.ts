import MarkdownIt from 'markdown-it'

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: false })

// A picture of another server would tell it who reads; our pages do not load it anyway.
markdown.disable('image')

// No raw HTML, and links to the web, to mail and to our own pages only.
markdown.validateLink = link => /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(link) && !/%EE%80%8[01]/i.test(link)

// A report's own headings stand below the page's title.
markdown.core.ruler.push('lower_headings', ({ tokens }) => {
  for (const token of tokens)
    if (token.type.startsWith('heading_')) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 1)}`
})

/** The HTML of a report's text; safe to put into a page as it is. */
export function renderMarkdown(text: string): string {
  return markdown.render(text)
}
