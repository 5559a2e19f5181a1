import type { SessionRecord, Store, UserIndex } from "../../index.ts"
import type { Answer, StoreCall } from "./call.ts"

/** Where a recorder writes. A call is told when it begins, so that one that never ends is known too. */
export interface Recording {
  begin(number: number, call: Omit<StoreCall, "end" | "answer">): void
  /** `answer` is absent where the call failed with an error. */
  end(number: number, end: number, answer?: Answer): void
}

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
  let last = 0

  async function told<T>(
    what: Pick<StoreCall, "call" | "id" | "given" | "version" | "expiresAt">,
    run: () => Promise<T>,
  ): Promise<T> {
    const number = ++last
    recording.begin(number, { by, ...what, begin: sharedClock(), at: Date.now() })
    try {
      const answer = await run()
      recording.end(number, sharedClock(), (answer ?? null) as Answer)
      return answer
    } catch (error) {
      recording.end(number, Number.POSITIVE_INFINITY)
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

/** A recording in memory. */
export function recordingInMemory(): Recording & { calls(): StoreCall[] } {
  const begun = new Map<string, Omit<StoreCall, "end" | "answer">>()
  const calls: StoreCall[] = []
  return {
    begin: (number, call) => void begun.set(`${number}`, call),
    end(number, end, answer) {
      const call = begun.get(`${number}`)!
      begun.delete(`${number}`)
      calls.push({ ...call, end, ...(answer !== undefined && { answer }) })
    },
    calls: () => [
      ...calls,
      ...[...begun.values()].map((call) => ({ ...call, end: Number.POSITIVE_INFINITY })),
    ],
  }
}

function parts({ id, ...given }: SessionRecord): { id: string; given: Omit<SessionRecord, "id"> } {
  return { id, given }
}

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
