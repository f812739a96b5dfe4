import PQueue from 'p-queue'
import type { WithPortal } from '../terminal/commands.ts'
import type { Alarm } from './alarms.ts'
import { keepDraft } from './incident.ts'
import type { Screen } from './screen.ts'

/** Keeps a draft incident for each alarm. The database is asked when there is something to keep, and may be away. */
export class Drafts {
  readonly #withPortal: WithPortal
  readonly #screen: Screen
  readonly #queue = new PQueue({ concurrency: 1 })

  constructor(withPortal: WithPortal, screen: Screen) {
    this.#withPortal = withPortal
    this.#screen = screen
  }

  /** Without a database the watching goes on. */
  static async open(withPortal: WithPortal, screen: Screen): Promise<Drafts> {
    const drafts = new Drafts(withPortal, screen)
    await drafts.#work(async () => {}, 'Alarms are told without a draft incident for now')
    return drafts
  }

  keep(alarm: Alarm, zone: string) {
    const now = structuredClone(alarm)
    const work: Parameters<WithPortal>[0] = async ({ db }) => {
      const slug = await keepDraft(db, now, zone)
      if (alarm.incident === undefined) this.#screen.print([`Incident ${slug} is a draft.`])
      alarm.incident = slug
    }
    this.#queue.add(() =>
      this.#work(work, 'There is no draft incident; it is tried again with the next word')
    )
  }

  end(): Promise<void> {
    return this.#queue.onIdle()
  }

  async #work(work: Parameters<WithPortal>[0], otherwise: string) {
    try {
      await this.#withPortal(work, { endsItself: true })
    } catch (error) {
      this.#screen.problem(`${otherwise}: ${(error as Error).message}`)
    }
  }
}
