import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { onlyStaff, signedInStaff } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import { languageOf, textsIn } from '../web/language.ts'
import type { Portal } from '../web/portal.ts'
import { exportEvents } from './export.ts'
import { actorKinds, FilterForm, filterIn, openFilter, sealFilter } from './filter.ts'
import { type AuditFilter, findAccountId, listActions, listEvents, zone } from './queries.ts'
import { actorOf, record } from './record.ts'
import { sentenceOf } from './sentences.ts'
import { verifyAtLength } from './verify.ts'

const Shown = Type.Object({ filter: Type.String({ default: '', maxLength: 3_000 }) })
const ListQuery = Type.Object({ ...Shown.properties, before: Type.Optional(Id), after: Type.Optional(Id) })

type Answer = {
  at?: { before?: string; after?: string }
  unreadable?: boolean
  errors?: FieldError[]
  verified?: Awaited<ReturnType<typeof verifyAtLength>>
}

export async function auditPages(app: FastifyInstance, { config, db }: Portal) {
  app.addHook('onRequest', onlyStaff(['operator', 'admin'], config.https))

  app.get('/', { schema: { querystring: ListQuery } }, (request, reply) => {
    const { filter: sealed, ...at } = request.query as Static<typeof ListQuery>
    const filter = open(request, sealed)
    return show(reply, filter ?? {}, { at, unreadable: sealed !== '' && !filter })
  })

  app.post('/filter', async (request, reply) => {
    const { values } = readForm(FilterForm, request.body)
    if (!values) return reply.failed(400)
    const { filter, errors } = filterIn(values)
    if (errors.length > 0) return show(reply.code(400), filter, { errors })
    // Whose events somebody reads is an event itself.
    const accountId = filter.account && (await findAccountId(db, filter.account))
    if (filter.account)
      await record(db, { actor: actorOf(signedInStaff(request)), action: 'audit searched', accountId })
    const sealed = sealFilter(config.secret, signedInStaff(request).id, filter)
    return reply.redirect(`/desk/audit${sealed ? `?filter=${sealed}` : ''}`, 303)
  })

  app.post('/events.csv', async (request, reply) => {
    const filter = open(request, readForm(Shown, request.body).values?.filter ?? '') ?? {}
    const { account, ...details } = JSON.parse(JSON.stringify(filter))
    const accountId = account && (await findAccountId(db, account))
    await record(db, { actor: actorOf(signedInStaff(request)), action: 'audit exported', accountId, details })
    return exportEvents(reply, db, filter)
  })

  let verifying: ReturnType<typeof verifyAtLength> | undefined
  app.post('/verify', async (request, reply) => {
    const filter = open(request, readForm(Shown, request.body).values?.filter ?? '') ?? {}
    // Whoever asks while it runs gets the same answer: it takes a core.
    verifying ??= verifyAtLength(db).finally(() => {
      verifying = undefined
    })
    return show(reply, filter, { verified: await verifying })
  })

  function open(request: FastifyRequest, sealed: string): AuditFilter | undefined {
    return openFilter(config.secret, signedInStaff(request).id, sealed)
  }

  async function show(reply: FastifyReply, filter: AuditFilter, { at = {}, ...answer }: Answer) {
    const t = textsIn(languageOf(reply.request))
    const readable = answer.errors ? {} : filter
    const [page, actions] = await Promise.all([listEvents(db, readable, at), listActions(db)])
    const sealed = sealFilter(config.secret, signedInStaff(reply.request).id, readable)
    const say = (told: Parameters<typeof sentenceOf>[1]) => sentenceOf(t, told)
    return reply.page('audit/list', {
      ...{ page, actions, filter, sealed, say, zone, kinds: actorKinds, tab: 'audit' },
      ...answer
    })
  }
}
