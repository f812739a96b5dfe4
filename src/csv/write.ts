import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { FastifyReply } from 'fastify'

/**
 * Sends rows as a CSV download, as they come, in constant memory: UTF-8 with BOM and CRLF so that Excel
 * reads Japanese; cells that begin with `= + - @`, TAB or CR are escaped so that it computes nothing
 * (OWASP, CSV Injection).
 */
export function sendCsv(reply: FastifyReply, name: string, header: string[], rows: AsyncIterable<unknown[]>) {
  const lines = stringify({
    bom: true,
    header: true,
    columns: header,
    escape_formulas: true,
    record_delimiter: 'windows'
  })
  const source = Readable.from(rows)
  source.on('error', error => lines.destroy(error))
  lines.on('close', () => source.destroy())
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(source.pipe(lines))
}
