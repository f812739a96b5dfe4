import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { timeReader } from '../incidents/time.ts'
import { type Class, classes } from '../maillog/kinds.ts'
import type { Condition, Rules } from '../maillog/rules.ts'
import { Failure } from '../terminal/failure.ts'

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))
const time = (description: string) =>
  text(`${description}: 2026-11-20T20:06+09:00, or without the offset, in the zone of the logs`)
const Asked = Type.Object(
  {
    outcome: Type.Optional(Type.Enum(Object.keys(classes), { description: 'what the log shows' })),
    program: text('the program that delivered: smtp, lmtp, pipe'),
    relay: text('name, address, or either with :port'),
    status: text('sent, deferred, bounced'),
    dsn: text('the whole status code, or its beginning up to a dot: "4."'),
    reply: text('words that the reply contains'),
    domain: text('of the recipient'),
    file: text('that it was delivered to: /dev/null'),
    command: text('that it was delivered to'),
    service: text('that it was delivered via'),
    from: time('when it was logged, at the earliest'),
    to: time('before which it was logged')
  },
  { additionalProperties: false, minProperties: 1, description: 'All that is named must hold.' }
)
const list = Type.Optional(Type.Array(Asked, { minItems: 1 }))
/** Which outcomes are what in this incident; see docs/mail-logs.md. */
export const RulesFile = Type.Object(
  { lost: list, told: list, delivered: list, pending: list, unknown: list },
  {
    title: 'Rules of mypage scan',
    description: 'What an outcome means in this incident; the first condition that holds decides.',
    additionalProperties: false
  }
)

/**
 * Reads a rules file, YAML or JSON; what stands first is asked first.
 * @param zone of times that are written without an offset
 * @throws Failure that names the place
 */
export function readRules(file: string, zone: string): Rules {
  const content = parseFile(file)
  const [error] = Value.Errors(RulesFile, content)
  if (error)
    throw new Failure(
      `${file}, at ${error.instancePath || 'the top'}: ${error.message === 'schema is false' ? 'it is not known' : error.message}. Known are the classes ${Object.keys(RulesFile.properties).join(', ')}, ` +
        `each with a list of conditions of ${Object.keys(Asked.properties).join(', ')}.`
    )
  const readTime = timeReader(zone)
  return Object.entries(content as Static<typeof RulesFile>).flatMap(([name, conditions = []]) =>
    conditions.map(({ from, to, ...when }, at) => {
      const where = `${file}, at /${name}/${at}`
      const times = { ...at_('from', from, where), ...at_('to', to, where) }
      if ((times.from ?? 0) >= (times.to ?? Number.POSITIVE_INFINITY))
        throw new Failure(`${where}: "to" is not after "from".`)
      return { class: name as Class, when: { ...when, ...times } as Condition }
    })
  )

  function at_(name: 'from' | 'to', written: string | undefined, where: string) {
    if (written === undefined) return {}
    const read = readTime(written)
    if ('problem' in read) throw new Failure(`${where}/${name}: ${read.problem}`)
    return { [name]: read.time.getTime() }
  }
}

function parseFile(file: string): unknown {
  try {
    // Times stay text: YAML's own would lose the missing zone.
    return parse(readFileSync(file, 'utf8'), { schema: 'core' }) ?? {}
  } catch (error) {
    throw new Failure(`The rules file ${file} cannot be read: ${(error as Error).message}`)
  }
}
