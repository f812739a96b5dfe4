import type { FastifySchemaCompiler } from 'fastify'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'

/** An opaque id of a row, as it stands in addresses and forms. */
export const Id = Type.String({ pattern: '^[0-9]{1,18}$' })

/** `values` fill the blanks of the text. */
export type FieldError = { field: string; text: string; values?: Record<string, unknown> }
export type Form<T> = { values: T; errors?: undefined } | { values?: undefined; errors: FieldError[] }

/**
 * Reads a posted form: values of the schema's shape, or one error a field.
 * An error's text is the key `errors.FIELD`, for the page to translate.
 */
export function readForm<Schema extends TObject>(schema: Schema, body: unknown): Form<Static<Schema>> {
  const values = Value.Default(schema, Value.Clean(schema, withoutNul(Value.Clone(body ?? {}))))
  if (Value.Check(schema, values)) return { values: values as Static<Schema> }
  const wrong = new Set(Value.Errors(schema, values).flatMap(fieldsOf))
  return { errors: [...wrong].map(field => ({ field, text: `errors.${field}` })) }
}

/** The database keeps no NUL, and no keyboard writes one; a password is taken as it is typed all the same. */
function withoutNul(body: unknown): unknown {
  if (typeof body === 'string') return body.replaceAll('\0', '')
  if (Array.isArray(body)) return body.map(withoutNul)
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [field, field === 'password' ? value : withoutNul(value)])
  )
}

function fieldsOf(error: { instancePath: string; params: object }): string[] {
  if ('requiredProperties' in error.params) return error.params.requiredProperties as string[]
  return [error.instancePath.split('/')[1] ?? '']
}

/** Checks what stands in an address against a route's schema, with its defaults; numbers come as text there. */
export const checkAddress: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const compiled = Compile(schema)
  return (given: unknown) => {
    const value = Value.Default(schema, Value.Convert(schema, given))
    return compiled.Check(value) ? { value } : { error: new Error('The address of the page is malformed.') }
  }
}
