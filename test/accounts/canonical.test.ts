import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  canonicalDomain,
  canonicalEmail,
  canonicalLoginId,
  domainOf,
  isLoginId,
  kindOfLoginId
} from '../../src/accounts/canonical.ts'

/** What a keyboard in full-width mode gives. */
const fullWidth = (text: string) =>
  text.replace(/[!-~]/g, sign => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))

describe('login IDs', () => {
  test('have one form, however they are typed', () => {
    assert.equal(canonicalLoginId('　Ｈａｎａｋｏ ０１ '), 'hanako01')
    assert.equal(canonicalLoginId('a\u200b0012345'), 'A0012345')
    assert.equal(canonicalLoginId('ａ００１２３４５'), 'A0012345')
    assert.equal(canonicalLoginId('xy1aーtnk'), 'xy1a-tnk')
    assert.equal(canonicalLoginId('XY1A－TNK'), 'xy1a-tnk')
  })

  test('tell business from individual', () => {
    for (const id of ['A0012345', 'a0012345', 'A1xyz', 'A123'])
      assert.equal(kindOfLoginId(id), 'business', id)
    for (const id of ['akira01', 'a', 'a12', 'a-1234', 'b0012345', 'A0012_345'])
      assert.equal(kindOfLoginId(id), 'individual', id)
  })

  test('are visible ASCII and not endless', () => {
    for (const id of ['h', 'xy1a-tnk', 'hanako@example.jp', 'x'.repeat(64)]) assert.ok(isLoginId(id), id)
    for (const id of ['', 'x'.repeat(65), '花子', 'a b', 'a\n']) assert.ok(!isLoginId(id), id)
  })

  test('keep their form when it is taken again, and lose width, case and spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        assert.equal(canonicalLoginId(canonicalLoginId(text)), canonicalLoginId(text))
      })
    )
    const ids = fc.stringMatching(/^[a-z0-9._-]{1,20}$/)
    const spaces = fc.stringMatching(/^[ \t\n\u3000\u200B\u00A0]{0,3}$/)
    fc.assert(
      fc.property(ids, spaces, (id, space) => {
        const typed = space + fullWidth(id.toUpperCase()) + space
        assert.equal(canonicalLoginId(typed), canonicalLoginId(id))
      })
    )
  })
})

describe('e-mail addresses', () => {
  test('have one form, however they are written', () => {
    assert.equal(canonicalEmail(' Hanako@AsahiNet.JP '), 'hanako@asahinet.jp')
    assert.equal(canonicalEmail('ｈａｎａｋｏ＠ａｓａｈｉｎｅｔ．ｊｐ'), 'hanako@asahinet.jp')
    assert.equal(canonicalEmail('hana\u200bko@asahinet.jp\u3000'), 'hanako@asahinet.jp')
    assert.equal(canonicalEmail('info@日本語.jp'), 'info@xn--wgv71a119e.jp')
    assert.equal(canonicalEmail('info@日本語。jp'), 'info@xn--wgv71a119e.jp')
    assert.equal(canonicalEmail('"hanako"@asahinet.jp'), 'hanako@asahinet.jp')
    assert.equal(canonicalEmail('"Hanako Y"@asahinet.jp'), '"hanako y"@asahinet.jp')
    assert.equal(canonicalEmail('"h\\a\\"n"@asahinet.jp'), '"ha\\"n"@asahinet.jp')
  })

  test('may have the dots of old Japanese mobile addresses, quoted or not', () => {
    assert.equal(canonicalEmail('a..b.@email.ne.jp'), 'a..b.@email.ne.jp')
    assert.equal(canonicalEmail('"a..b."@email.ne.jp'), 'a..b.@email.ne.jp')
    assert.equal(canonicalEmail('.a@email.ne.jp'), '.a@email.ne.jp')
  })

  test('are at most as long as SMTP carries', () => {
    const local = 'x'.repeat(64)
    const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.jp`
    assert.equal(canonicalEmail(`${local}@${domain}`), `${local}@${domain}`)
    assert.equal(canonicalEmail(`${local}x@email.ne.jp`), undefined)
    assert.equal(canonicalEmail(`${local}@dddd.${domain}`), undefined)
  })

  test('that nobody can have are none', () => {
    const none = [
      '',
      '@',
      'hanako',
      'hanako@',
      '@asahinet.jp',
      'a b@asahinet.jp',
      'a@b@asahinet.jp',
      '""@asahinet.jp'
    ]
    const domains = [
      'a@asahinet',
      'a@-x.jp',
      'a@x-.jp',
      'a@x..jp',
      'a@x.jp.',
      'a@[192.0.2.1]',
      'a@x_y.jp',
      `a@${'x'.repeat(64)}.jp`
    ]
    const breaks = [
      'a@asahinet.jp\r\nBcc: b@asahinet.jp',
      'a\n@asahinet.jp',
      '"a\nb"@asahinet.jp',
      'a\0@asahinet.jp',
      '<a@asahinet.jp>'
    ]
    for (const text of [...none, ...domains, ...breaks]) assert.equal(canonicalEmail(text), undefined, text)
  })

  test('keep their form when it is taken again, and never hold a line break', () => {
    const written = fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress())
    const domains = fc.oneof(fc.domain(), fc.constantFrom('asahinet.jp', '日本語.jp'))
    fc.assert(
      fc.property(fc.tuple(written, domains), ([local, domain]) => {
        for (const text of [local, `${local}@${domain}`, `"${local}"@${domain}`]) {
          const email = canonicalEmail(text)
          if (email === undefined) continue
          assert.equal(canonicalEmail(email), email)
          assert.doesNotMatch(email, /\p{Cc}/u)
          assert.equal(canonicalDomain(domainOf(email)), domainOf(email))
        }
      }),
      { numRuns: 2_000 }
    )
    fc.assert(
      fc.property(fc.emailAddress(), email => {
        assert.equal(canonicalEmail(fullWidth(email)), canonicalEmail(email))
        assert.equal(canonicalEmail(` ${email.toUpperCase()}\u3000`), canonicalEmail(email))
      })
    )
  })
})
