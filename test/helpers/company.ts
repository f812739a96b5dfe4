import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import Provider from 'oidc-provider'

export type Employee = {
  sub: string
  preferred_username?: string
  email?: string
  name?: string
  roles?: string[]
}

/** A company's own login, real but for its forms: whoever is `employee` at that moment is logged in at once. */
export async function openCompany(origin: string) {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state = { employee: { sub: 'nobody' } as Employee, logins: 0 }
  const provider = new Provider(issuer, configurationFor(origin, state))
  const handle = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) interact(request, response)
    else handle(request, response)
  })
  return { issuer, state }

  async function interact(request: IncomingMessage, response: ServerResponse) {
    const { prompt, params } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') {
      state.logins++
      return provider.interactionFinished(request, response, { login: { accountId: state.employee.sub } })
    }
    const grant = new provider.Grant({ accountId: state.employee.sub, clientId: params.client_id })
    grant.addOIDCScope('openid profile email')
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }
}

export const companyClient = { client_id: 'mypage', client_secret: 'a secret of the company and the portal' }

function configurationFor(origin: string, state: { employee: Employee }) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    clients: [{ ...companyClient, redirect_uris: [`${origin}/login/staff/company/callback`] }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of the test'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'roles'], email: ['email'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => state.employee })
  }
}
