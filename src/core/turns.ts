import { type JointWrite, jointWrite, type Member, type Written } from "./joint-write.ts"
import { pace } from "./pacing.ts"
import type { Found } from "./record.ts"
import { isTimeout, type Register, type Swapped } from "./register.ts"

/** The writers of one process, who queue instead of overtaking each other. */
export interface Turns {
  /** Writes what the member makes of the record, together with others of this process that wait to write to it too. */
  write(found: Found, member: Member): Promise<Written>
  /** Runs `step` alone, from the newest state that this process's earlier writers left. */
  alone<Result>(found: Found, step: (latest: Found) => Promise<Result>): Promise<Result>
}

/**
 * A queue for each record. Whoever waits in it for a turn to write lets others join, so that a session costs two calls
 * of the store however many write to it at once.
 */
export function takeTurns(register: Register): Turns {
  /** The last turn on each id; it gives the record that it left, if it knows. */
  const turns = new Map<string, Promise<Swapped | undefined>>()
  /** Writes that wait for their turn, by the id of their record. */
  const waiting = new Map<string, JointWrite>()

  /**
   * Runs `step` after the earlier turns, on the record as the last of them left it, or as it was `found` where that is
   * not known. When the turn before failed because the store did not answer in time, `step` is not run and this turn
   * fails with the same error; else each turn would wait out the whole time limit after the one before. After any other
   * failure `step` runs on the record as it was `found`.
   */
  async function inTurn(
    found: Found,
    step: (latest: Found) => Promise<Swapped | undefined>,
  ): Promise<Swapped | undefined> {
    const { id } = found.record
    const turn =
      turns.get(id)?.then(
        (left) => step(left ?? found),
        (error: unknown) => {
          if (isTimeout(error)) throw error
          return step(found)
        },
      ) ?? step(found)
    turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (turns.get(id) === turn) turns.delete(id)
    }
  }

  return {
    async write(found, member) {
      const { id } = found.record
      const open = waiting.get(id)
      if (open && !open.isFull) return open.join(member)
      if (!turns.has(id)) {
        const written = await inTurn(found, (latest) => register.swap(latest, member.draft))
        return { found: written, isOvertaken: written?.isOvertaken ?? false }
      }
      const joint = jointWrite()
      const written = joint.join(member)
      waiting.set(id, joint)
      const close = (): void => {
        if (waiting.get(id) === joint) waiting.delete(id)
      }
      inTurn(found, async (latest) => {
        await pace(joint.size)
        close()
        return register.swap(latest, joint.draft)
      }).then(joint.resolve, (error: unknown) => {
        close()
        joint.reject(error)
      })
      return written
    },

    async alone(found, step) {
      let result: Awaited<ReturnType<typeof step>>
      await inTurn(found, async (latest) => {
        result = await step(latest)
        return undefined
      })
      return result!
    },
  }
}
