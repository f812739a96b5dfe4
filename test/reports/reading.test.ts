import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differencesOf } from '../../src/reports/differences.ts'
import type { Facts } from '../../src/reports/facts.ts'
import { findUnknown } from '../../src/reports/placeholders.ts'
import { renderReport } from '../../src/reports/rendered.ts'

const facts: Facts = {
  ...{ zone: 'Asia/Tokyo', domains: ['a_b_c.example', '*x*.example'] },
  ...{ starts_at: new Date('2017-04-13T20:06+09:00'), ends_at: new Date('2017-04-14T01:00+09:00') },
  ...{ unaffected_ja: '**<b>送信</b>** [x](javascript:alert(1))', unaffected_en: '"sent" & <kept>\n# Not' },
  scope: {
    version: 3,
    published_at: new Date('2017-04-18T15:00+09:00'),
    affected_addresses: 88_798,
    lost_messages: null
  }
}
const read = (body_ja: string, body_en = '', title_ja = '') =>
  renderReport({ title_ja, title_en: '', body_ja, body_en }, facts)

const reads: [string, string][] = [
  ['{{window}}', '2017年4月13日（木）20:06〜2017年4月14日（金）01:00'],
  ['{{ Affected_Addresses }}', '88,798件'],
  ['｛｛ｓｃｏｐｅ＿ｖｅｒｓｉｏｎ｝｝', '第3版'],
  ['{{lost_messages}}', '確認中'],
  ['対象は**{{affected_addresses}}**です', '対象は<strong>88,798件</strong>です'],
  ['{{domains}}', 'a_b_c.example、*x*.example'],
  ['{{unaffected}}', '**&lt;b&gt;送信&lt;/b&gt;** [x](javascript:alert(1))'],
  ['`{{scope_version}}`', '<code>第3版</code>'],
  // Not a link: its address would be made of data.
  ['[x](https://example.com/{{scope_version}})', '[x](https://example.com/第3版)'],
  ['{{nothing}} {{window', '{{nothing}} {{window'],
  ['\uE000window\uE001', '\uFFFDwindow\uFFFD'],
  ['&#xE000;constructor&#xE001;', '\uFFFDconstructor\uFFFD'],
  ['&#057344;window&#57345; &#x\uE000E000;', '\uFFFDwindow\uFFFD &amp;#x\uFFFDE000;'],
  ['[x](/a "&#Xe000;window&#Xe001;")', '<a href="/a" title="\uFFFDwindow\uFFFD">x</a>'],
  // Who reads a report is not to be seen by another server.
  ['![x](https://example.com/seen.gif)', '!<a href="https://example.com/seen.gif">x</a>']
]
for (const [typed, expected] of reads)
  test(`${typed} reads as ${expected}`, () => {
    assert.equal(read(typed).ja.body, `<p>${expected}</p>\n`)
  })

test('a title is text, with its placeholders; lines of data begin nothing', () => {
  assert.equal(read('x', '', '**{{affected_addresses}}** <b>').ja.title, '**88,798件** <b>')
  assert.equal(
    read('', 'Not: {{unaffected}}').en.body,
    '<p>Not: &quot;sent&quot; &amp; &lt;kept&gt;\n# Not</p>\n'
  )
})

test('what is not a placeholder is told with its line', () => {
  assert.deepEqual(findUnknown('{{window}}\n{{x}} and {{}}\n\n｛｛y｝｝{{window'), [
    { line: 2, name: 'x' },
    { line: 2, name: '' },
    { line: 4, name: 'y' },
    { line: 4, name: '{{window' }
  ])
})

const body = (...lines: string[]) => ({
  title: 'T',
  body: lines.map(line => `<p>${line}</p>\n`).join('')
})
const marked = (...pieces: ReturnType<typeof differencesOf>) =>
  pieces
    .map(({ kind, text }) => ({ same: text, gap: '…\n', added: `[+${text}+]`, removed: `[-${text}-]` })[kind])
    .join('')

test('differences are whole words, in Japanese too, with one line around them', () => {
  const [before, after] = [
    body('はじめに', '一つめ', '対象は確認中です。', '最後の行', '終わり'),
    body('はじめに', '一つめ', '対象は88,798件です。', '最後の行', '終わり')
  ]
  assert.equal(
    marked(...differencesOf(before, after, 'ja')),
    '…\n一つめ\n対象は[-確認中-][+88,798件+]です。\n最後の行\n…\n'
  )
  assert.equal(
    marked(...differencesOf(body('Some of the mail was lost.'), body('Part of all mail was lost.'), 'en')),
    'T\n[-Some-][+Part+] of [-the-][+all+] mail was lost.\n'
  )
})

test('where a link leads is part of the text; markup in it stays text', () => {
  const pieces = differencesOf(
    body('<a href="https://a.example/">A &lt;b&gt;</a>'),
    body('<a href="https://b.example/">A &lt;b&gt;</a>'),
    'en'
  )
  assert.equal(marked(...pieces), 'T\nA <b> (https://[-a-][+b+].example/)\n')
})

test('two long texts that have nothing in common are told apart in time', () => {
  // Each of the five changes alone would take all of the time.
  const long = (word: string) =>
    body(
      ...Array.from({ length: 5 }, (_, part) => [
        `Part ${part}`,
        Array.from({ length: 1_500 }, (_, at) => `${word}${part}-${at}`).join(' ')
      ]).flat()
    )
  const start = performance.now()
  differencesOf(long('a'), long('b'), 'en')
  assert.ok(performance.now() - start < 800)
})
