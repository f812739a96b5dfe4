import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { readCsv } from '../../src/csv/read.ts'
import { Failure } from '../../src/terminal/failure.ts'
import { temporaryFiles } from '../helpers/terminal.ts'

const write = temporaryFiles()
const columns = { required: ['id', 'name'], optional: ['note'] } as const

async function read(content: string | Buffer) {
  const found = []
  for await (const item of readCsv(write('in.csv', content), columns))
    found.push('values' in item ? [item.line, ...Object.values(item.values)] : [item.line, item.problem])
  return found
}

describe('rows of a CSV file', () => {
  test('come with the line they stand on, columns in any order', async () => {
    assert.deepEqual(await read('name,id\nHanako,1\n\nTaro,2\n'), [
      [2, '1', 'Hanako', ''],
      [4, '2', 'Taro', '']
    ])
  })

  test('may start with a byte order mark, end in CRLF and be quoted', async () => {
    const content = '\uFEFF"id","name","note"\r\n1,"Doe, ""J""","a\tb"\r\n2,山田 花子,'
    assert.deepEqual(await read(content), [
      [2, '1', 'Doe, "J"', 'a\tb'],
      [3, '2', '山田 花子', '']
    ])
  })

  test('are whole where blocks of the file meet', async () => {
    const lines = Array.from({ length: 30_000 }, (_, at) => `${at},"名前 ${at}"`)
    const found = await read(`id,name\n${lines.join('\n')}\n`)
    assert.equal(found.length, 30_000)
    assert.ok(
      found.every(([line, id, name], at) => line === at + 2 && id === `${at}` && name === `名前 ${at}`)
    )
  })
})

describe('a bad line of a CSV file', () => {
  const utf8 = 'not UTF-8 (Shift_JIS, perhaps): in Excel, save the file as "CSV UTF-8 (comma delimited)"'
  const quoting = 'broken quoting: a cell with a " must be inside "…", and each " in it doubled'

  test('is reported with its number, and the lines after it are read', async () => {
    const shiftJis = Buffer.from([0x8e, 0x52, 0x93, 0x63])
    const content = Buffer.concat([
      Buffer.from('id,name\n1,'),
      shiftJis,
      Buffer.from('\n2,a,b\n3\n4,"x" y\n5,7" pipe\n6,a\0b\n7,a\rb\n8,fine\n"9,open\n10,"fine"\n')
    ])
    assert.deepEqual(await read(content), [
      [2, utf8],
      [3, '3 cells instead of 2'],
      [4, '1 cells instead of 2'],
      [5, quoting],
      [6, quoting],
      [7, 'a NUL character; is this a text file in UTF-8?'],
      [8, 'a carriage return (CR) inside the line'],
      [9, '8', 'fine', ''],
      [10, quoting],
      [11, '10', 'fine', '']
    ])
  })

  test('with a line break inside a cell takes its further lines with it', async () => {
    assert.deepEqual(await read('id,name\n1,"first\r\n2,injected\r\n"\r\n3,fine\r\n'), [
      [2, 'a line break inside a cell, which goes on to line 4'],
      [5, '3', 'fine', '']
    ])
    const notUtf8 = Buffer.from('id,name\n1,"a\xff\n2,injected\n",\n3,fine\n', 'latin1')
    assert.deepEqual((await read(notUtf8)).at(-1), [5, '3', 'fine', ''])
    assert.equal((await read(notUtf8)).length, 2)
  })

  test('may be longer than the memory that a line gets', async () => {
    const long = 'x'.repeat(3_000_000)
    assert.deepEqual(await read(`id,name\n1,${long}\n2,fine\n3,"${long}\n4,injected\n"\n5,fine\n6,${long}`), [
      [2, 'longer than 65536 characters'],
      [3, '2', 'fine', ''],
      [4, 'a line break inside a cell, which goes on to line 6'],
      [7, '5', 'fine', ''],
      [8, 'longer than 65536 characters']
    ])
  })
})

describe('a CSV file', () => {
  const refuses = (content: string | Buffer, message: RegExp) =>
    assert.rejects(read(content), (error: Error) => error instanceof Failure && message.test(error.message))

  test('is refused when its header is not as it must be', async () => {
    await refuses(
      'id\n1\n',
      /line 1: column name is missing\.\nThe first line must name the columns: id,name/
    )
    await refuses('id,name,phone\n', /line 1: unknown column "phone"\./)
    await refuses('id,name,id\n', /line 1: column id is there twice\./)
    await refuses('', /line 1: column id is missing; column name is missing/)
    await refuses(
      Buffer.from('\uFEFFid,name\n', 'utf16le'),
      /line 1: not UTF-8 .* save the file as "CSV UTF-8/
    )
    await refuses('id,name\r1,Hanako\r', /line 1: a carriage return \(CR\) inside the line/)
  })

  test('that is not there is said to be missing', async () => {
    await assert.rejects(
      readCsv('/no/such.csv', columns).next(),
      /The file \/no\/such.csv cannot be read: ENOENT/
    )
  })
})

test('what a CSV writer writes is read as it was', async () => {
  const cell = fc.string({ unit: 'grapheme' }).filter(text => !/[\r\n\0]/.test(text))
  const writing = fc.record({
    bom: fc.boolean(),
    quoted: fc.boolean(),
    record_delimiter: fc.constantFrom('\n', '\r\n')
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell)), writing, async (rows, options) => {
      const content = stringify(
        [['id', 'name', 'note'], ...rows.map(([id, ...rest]) => [`x${id}`, ...rest])],
        options
      )
      assert.deepEqual(
        await read(content),
        rows.map(([id, ...rest], at) => [at + 2, `x${id}`, ...rest])
      )
    })
  )
})

test('whatever a file holds, each line is a row, a problem or part of one, in order', async () => {
  const piece = fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', '\r', '\0', 'あ', '\\', ' ')
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async pieces => {
      const found = await read(`id,name\n${pieces.join('')}`)
      const lines = found.map(([line]) => Number(line))
      assert.deepEqual(
        lines,
        [...new Set(lines)].sort((a, b) => a - b)
      )
      for (const [, ...cells] of found)
        for (const text of cells) assert.doesNotMatch(String(text), /[\r\n\0]/)
    }),
    { numRuns: 1_000 }
  )
})
