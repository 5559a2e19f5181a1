import type { SessionRecord, Store, UserIndex } from "../../index.ts"
import type { Answer, StoreCall } from "./call.ts"

/**
 * Where a recorder writes. A call is told when it begins, so that one that never ends is known too; what comes back is to be told its
 * end, with the answer, or without one where the call failed with an error.
 */
export type Recording = (call: Omit<StoreCall, "end" | "answer">) => (end: number, answer?: Answer) => void

/**
 * The store, with each call of it told to the recording.
 *
 * @param by Who calls, in the recording: one name a process.
 */
export function recorded<S extends Store & Partial<UserIndex>>(
  store: S,
  by: string,
  recording: Recording,
): S {
  async function told<T>(
    what: Pick<StoreCall, "call" | "id" | "given" | "version" | "expiresAt">,
    run: () => Promise<T>,
  ): Promise<T> {
    const ended = recording({ by, ...what, begin: sharedClock(), at: Date.now() })
    try {
      const answer = await run()
      ended(sharedClock(), (answer ?? null) as Answer)
      return answer
    } catch (error) {
      ended(Number.POSITIVE_INFINITY)
      throw error
    }
  }

  const { listByUser } = store
  return {
    ...store,
    read: (id, options) => told({ call: "read", id }, () => store.read(id, options)),
    create: (record) => told({ call: "create", ...parts(record) }, () => store.create(record)),
    replace: (record, version) =>
      told({ call: "replace", ...parts(record), version }, () => store.replace(record, version)),
    touch: (id, expiresAt, version) =>
      told({ call: "touch", id, expiresAt, version }, () => store.touch(id, expiresAt, version)),
    delete: (id) => told({ call: "delete", id }, () => store.delete(id)),
    ...(listByUser && {
      listByUser: (userId: string) => told({ call: "list", id: userId }, () => listByUser(userId)),
    }),
  }
}

/** A recording in memory, which any number of recorders may share. */
export function recordingInMemory(): { readonly record: Recording; calls(): StoreCall[] } {
  const under = new Set<StoreCall>()
  const ended: StoreCall[] = []
  return {
    record(call) {
      const begun = { ...call, end: Number.POSITIVE_INFINITY }
      under.add(begun)
      return (end, answer) => {
        under.delete(begun)
        ended.push({ ...begun, end, ...(answer !== undefined && { answer }) })
      }
    },
    calls: () => [...ended, ...under],
  }
}

function parts({ id, ...given }: SessionRecord): { id: string; given: Omit<SessionRecord, "id"> } {
  return { id, given }
}

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
