import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { openTestPortal, post } from '../helpers/portal.ts'

const { app } = await openTestPortal({ BASE_URL: 'https://mypage.example', TRUSTED_PROXIES: '127.0.0.1/32' })

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';font-src 'self';" +
  "object-src 'none';base-uri 'none';frame-ancestors 'none';form-action 'self'"

test('every answer has the security headers, errors and malformed requests too', async () => {
  const answers = {
    page: await app.inject('/'),
    asset: await app.inject('/assets/look.css'),
    missing: await app.inject('/nowhere'),
    malformed: await app.inject('/%E0%A4%A'),
    refused: await app.inject({ method: 'POST', url: '/logout' }),
    redirect: await app.inject('/mypage'),
    tooLarge: await post(app, '/language', { language: 'ja', return_to: 'x'.repeat(100_000) })
  }
  const statuses = Object.values(answers).map(({ statusCode }) => statusCode)
  assert.deepEqual(statuses, [200, 200, 404, 404, 403, 303, 413])
  for (const [name, { headers }] of Object.entries(answers)) {
    assert.equal(headers['content-security-policy'], policy, name)
    assert.match(String(headers['strict-transport-security']), /^max-age=31536000/, name)
    assert.equal(headers['x-content-type-options'], 'nosniff', name)
    assert.equal(headers['referrer-policy'], 'same-origin', name)
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', name)
  }
})

test('no page has an inline script or style, or an event handler in its markup', async () => {
  for (const url of ['/', '/login/individual', '/login/business', '/logged-out', '/nowhere']) {
    const { body } = await app.inject(url)
    assert.doesNotMatch(body, /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/i, url)
  }
})

test('a state change from another site, or from nowhere, is refused', async () => {
  const send = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/language',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: 'language=en&return_to=%2F'
    })
  const status = async (headers: Record<string, string>) => (await send(headers)).statusCode
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 303)
  assert.equal(await status({ origin: 'https://mypage.example' }), 303)
  assert.equal(await status({}), 403)
  assert.equal(await status({ 'sec-fetch-site': 'cross-site', origin: 'https://mypage.example' }), 403)
  assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403)
  assert.equal(await status({ origin: 'https://evil.example' }), 403)
  assert.equal(await status({ origin: 'null' }), 403)
})

test('what is not HTTP at all gets a bare 400 and the connection is closed', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const answer = await new Promise<string>(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('HELO mail.example\r\n\r\n'))
    socket.on('data', data => (text += data)).on('close', () => resolve(text))
  })
  assert.match(answer, /^HTTP\/1\.1 400 /)
})
