import { globSync } from 'node:fs'
import path from 'node:path'

type Benchmark = {
  description: string
  run: () => Promise<{
    table: object[]
    result: { name: string; ours: number; reference: number; ratio: number; unit: string }
  }>
}

const ending = '.bench.ts'
const names = globSync(`*${ending}`, { cwd: import.meta.dirname })
  .map(file => file.slice(0, -ending.length))
  .sort()

const wanted = process.argv[2] ?? 'LIST'
if (wanted === 'LIST') await list()
else if (names.includes(wanted)) await measure(wanted)
else {
  console.error(`There is no benchmark "${wanted}". There are: ${names.join(', ')}`)
  process.exitCode = 1
}

async function list() {
  for (const name of names) console.log(`${name}: ${(await benchmark(name)).description}`)
}

/** Prints a table and, last, one line of JSON. */
async function measure(name: string) {
  const { table, result } = await (await benchmark(name)).run()
  console.table(table)
  console.log(JSON.stringify(result))
}

function benchmark(name: string): Promise<Benchmark> {
  return import(path.join(import.meta.dirname, name + ending))
}
