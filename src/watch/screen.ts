/** What the operator sees: alarms as plain lines, and on a terminal one line that changes every minute. */
export class Screen {
  readonly #minutes: boolean
  #status = ''

  /** @param minutes whether every minute is printed */
  constructor(minutes: boolean) {
    this.#minutes = minutes
  }

  print(lines: string[]) {
    this.#clear()
    console.log(lines.join('\n'))
    this.#draw()
  }

  problem(line: string) {
    this.#clear()
    console.error(line)
    this.#draw()
  }

  /** @param describe makes the line, where somebody sees it */
  minute(describe: () => string) {
    if (this.#minutes) console.log(describe())
    else if (process.stdout.isTTY) {
      this.#clear()
      this.#status = describe()
      this.#draw()
    }
  }

  end() {
    if (this.#status !== '') process.stdout.write('\n')
    this.#status = ''
  }

  #clear() {
    if (this.#status !== '') process.stdout.write('\r\x1b[2K')
  }

  #draw() {
    process.stdout.write(this.#status.slice(0, (process.stdout.columns ?? 80) - 1))
  }
}
