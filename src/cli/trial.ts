import { randomBytes } from "node:crypto"
import { createSessions, type Store, type UserIndex } from "../index.ts"
import type { Finding } from "../stores/backend.ts"
import { advised } from "./advice.ts"
import { type Data, STEPS, type Step, type Visitor } from "./trial-steps.ts"

/**
 * Does what applications do with a session of a user that is nobody's. Gives a finding for each step that fails, or one
 * that says that all went well. What it wrote is removed again, and ends within a minute if that can't be done.
 */
export async function trial(store: Store & Partial<UserIndex>, signal: AbortSignal): Promise<Finding[]> {
  const { noted, remove } = noting(store)
  const sessions = createSessions<Data>({ store: noted, warn: () => {} })
  const visitor: Visitor = {
    sessions,
    store: noted,
    user: `holdfast-doctor-${randomBytes(8).toString("hex")}`,
  }
  const findings: Finding[] = []
  const done: string[] = []
  let isSilent = false

  async function take(step: Step): Promise<void> {
    try {
      await step.take(visitor)
      done.push(step.done)
    } catch (error) {
      findings.push({ name: step.name, value: "failed", problem: advised(error) })
      // What does not answer would not answer what follows either.
      isSilent = isTimeout(error)
    }
  }
  for (const step of STEPS)
    if (!isSilent && !signal.aborted && (step.isPossible?.(visitor) ?? true)) await take(step)
  if (!isSilent) await take({ name: "remove", done: "removed", take: remove })
  if (findings.length > 0) return findings
  if (signal.aborted) return [{ name: "trial", value: "stopped" }]
  const value = `a session was ${done.slice(0, -1).join(", ")} and ${done.at(-1)}`
  return [{ name: "trial", value, ...(!store.listByUser && { remark: NO_INDEX }) }]
}

/** Whether the store failed by not answering. */
function isTimeout(error: unknown): boolean {
  return (error as { cause?: { name?: unknown } }).cause?.name === "TimeoutError"
}

/** The store, remembering what was written, and the way to remove all of it. */
function noting(store: Store & Partial<UserIndex>): {
  readonly noted: Store & Partial<UserIndex>
  remove(): Promise<void>
} {
  const ids = new Set<string>()
  return {
    noted: {
      ...store,
      create(record) {
        ids.add(record.id)
        return store.create(record)
      },
    },
    async remove() {
      for (const id of ids) await store.delete(id)
    },
  }
}

const NO_INDEX = "It can't find sessions by their user: they can't be listed or revoked by user"
