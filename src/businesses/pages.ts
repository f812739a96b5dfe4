import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { memberOf, note } from '../audit/record.ts'
import { keepSeen } from '../incidents/seen.ts'
import { exportLostMessages } from '../lost-messages/export.ts'
import { findListing, Paging as MessagePaging } from '../lost-messages/listing.ts'
import { only, signedIn } from '../web/access.ts'
import { type FieldError, Id, readForm } from '../web/forms.ts'
import type { Portal } from '../web/portal.ts'
import { exportAddresses } from './export.ts'
import { findAddressOfBusiness, listAddresses } from './list.ts'
import { type Listing, sorts, verdicts } from './places.ts'
import { type BusinessIncident, findIncidents } from './queries.ts'
import { openSearch, type Search, sealSearch } from './sealed.ts'
import { canonicalSearch, patternOf } from './search.ts'

const Shown = Type.Object({
  verdict: Type.Enum(['', ...verdicts], { default: '' }),
  sort: Type.Enum([...sorts], { default: 'address' }),
  direction: Type.Enum(['asc', 'desc'], { default: 'asc' }),
  search: Type.String({ default: '', maxLength: 1_000 })
})
const ListQuery = Type.Object({
  ...Shown.properties,
  after: Type.Optional(Id),
  before: Type.Optional(Type.String({ pattern: '^([0-9]{1,18}|end)$' })),
  part: Type.Optional(Type.Enum(['all', ...verdicts]))
})
const SearchForm = Type.Object({
  ...Shown.properties,
  q: Type.String({ default: '', maxLength: 100 }),
  domain: Type.String({ default: '', maxLength: 300 })
})
const AddressParams = Type.Object({ slug: Type.String(), id: Id })
const AddressQuery = Type.Object({ ...Shown.properties, ...MessagePaging.properties })

type Shown = Static<typeof Shown>
type View = {
  incident: BusinessIncident
  listing: Listing
  shown: Shown
  search: Search
  unreadable: boolean
}

export async function businessPages(app: FastifyInstance, { config, db, pool }: Portal) {
  app.addHook('onRequest', only('business', config.https))

  app.get('/', async (request, reply) => {
    const accountId = signedIn(request).id
    const incidents = await findIncidents(pool, accountId)
    keepSeen(db, request.log, { accountId, scopeIds: incidents.map(({ unseen }) => unseen) })
    return reply.page('businesses/overview', { incidents })
  })

  app.get('/incidents/:slug', { schema: { querystring: ListQuery } }, async (request, reply) => {
    const query = request.query as Static<typeof ListQuery>
    const view = await findView(request, query)
    if (!view) return reply.callNotFound()
    keepSeen(db, request.log, { accountId: signedIn(request).id, scopeIds: [view.incident.unseen] })
    return showList(reply, view, query)
  })

  app.post('/incidents/:slug/search', async (request, reply) => {
    const { values, errors } = readForm(SearchForm, request.body)
    const view = await findView(request, values ?? readShown(request.body))
    if (!view) return reply.callNotFound()
    if (errors) return showList(reply.code(400), view, {}, errors)
    const { q, domain, ...shown } = values
    const search = q || domain ? sealSearch(config.secret, signedIn(request).id, { q, domain }) : ''
    return reply.redirect(`/business/incidents/${view.incident.slug}?${queryOf({ ...shown, search })}`, 303)
  })

  app.get(
    '/incidents/:slug/addresses.csv',
    { schema: { querystring: Shown }, exposeHeadRoute: false },
    async (request, reply) => {
      const view = await findView(request, request.query as Shown)
      if (!view) return reply.callNotFound()
      await noteExport(request, 'addresses', view)
      return exportAddresses(reply, db, view)
    }
  )

  app.get(
    '/incidents/:slug/addresses/:id',
    { schema: { params: AddressParams, querystring: AddressQuery } },
    async (request, reply) => {
      const query = request.query as Static<typeof AddressQuery>
      const found = await findAddress(request, query)
      if (!found) return reply.callNotFound()
      const { incident, address, mailbox, shown } = found
      const listing = mailbox && (await findListing(db, mailbox, incident, query))
      const sealed = !config.businessSeesSenders
      return reply.page('businesses/address', {
        ...{ incident, address, listing, sealed, query: queryOf(shown), zone: incident.zone }
      })
    }
  )

  app.get(
    '/incidents/:slug/addresses/:id/lost-mail.csv',
    { schema: { params: AddressParams }, exposeHeadRoute: false },
    async (request, reply) => {
      const found = await findAddress(request, readShown({}))
      if (!found?.mailbox) return reply.callNotFound()
      await noteExport(request, 'lost mail', found)
      return exportLostMessages(reply, db, found.mailbox, found.incident)
    }
  )

  async function noteExport(request: FastifyRequest, what: string, { incident }: View) {
    const account = signedIn(request)
    const event = {
      actor: memberOf(account),
      action: 'export',
      accountId: account.id,
      incidentId: incident.id
    }
    await note(db, { ...event, details: { what } })
  }

  /** What of which incident somebody wants to see of the account's own addresses. */
  async function findView(request: FastifyRequest, asked: Shown): Promise<View | undefined> {
    const { verdict, sort, direction, search: sealed } = asked
    const accountId = signedIn(request).id
    const { slug } = request.params as { slug: string }
    const [incident] = await findIncidents(pool, accountId, slug)
    if (!incident) return undefined
    const opened = sealed === '' ? undefined : openSearch(config.secret, accountId, sealed)
    const search = opened ?? { q: '', domain: '' }
    const { q, domain } = canonicalSearch(search)
    const listing = {
      ...{ accountId, incident, sort, direction, verdict: verdict || undefined },
      ...{ domain: domain || undefined, text: patternOf(q) }
    }
    const shown = { verdict, sort, direction, search: opened ? sealed : '' }
    return { incident, listing, shown, search, unreadable: sealed !== '' && !opened }
  }

  async function showList(
    reply: FastifyReply,
    view: View,
    { after, before, part }: Pick<Static<typeof ListQuery>, 'after' | 'before' | 'part'>,
    errors?: FieldError[]
  ) {
    const { incident, listing, shown, search, unreadable } = view
    const anchor = before === 'end' ? undefined : (before ?? after)
    const found = anchor === undefined ? undefined : await findAddressOfBusiness(db, listing, anchor)
    if (anchor !== undefined && !found) return reply.callNotFound()
    const from = found && { ...found.place, part: part ?? found.place.part }
    const page = await listAddresses(db, listing, { from, backwards: before !== undefined })
    return reply.page('businesses/list', {
      ...{ incident, shown, search, unreadable, page, errors, zone: incident.zone },
      link: (changes: Partial<Shown> & Record<string, string | undefined>) =>
        queryOf({ ...shown, ...changes })
    })
  }

  /** One of the account's addresses; its mailbox where it has lost messages that may be shown. */
  async function findAddress(request: FastifyRequest, asked: Shown) {
    const view = await findView(request, asked)
    const { id } = request.params as Static<typeof AddressParams>
    const address = view && (await findAddressOfBusiness(db, view.listing, id))
    if (!address) return undefined
    const { accountId } = view.listing
    const { scope } = view.incident
    const open = config.businessSeesSenders && address.verdict === 'affected' && scope
    const mailbox = open ? { accountId, scopeId: scope.id, email: address.email } : undefined
    return { ...view, address, mailbox }
  }
}

/** What a posted form asks to see, its search left out where it cannot be read. */
function readShown(body: unknown): Shown {
  return readForm(Shown, body).values ?? { verdict: '', sort: 'address', direction: 'asc', search: '' }
}

function queryOf(fields: Record<string, string | undefined>): string {
  const told = Object.entries(fields).flatMap(([name, text]) =>
    text ? [[name, text] as [string, string]] : []
  )
  return new URLSearchParams(told).toString()
}
