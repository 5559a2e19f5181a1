import type { ClearExpiredOptions, Found, SessionRecord, Store, UserIndex } from "../../src/index.ts"

export type FullStore = Store & UserIndex

/** What is wrong with a store, over one that is right. */
export type Fault = (store: FullStore) => Partial<FullStore>

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** A store that changes what it is given. */
function changing(change: (record: SessionRecord) => SessionRecord): Fault {
  return (store) => ({
    create: (record) => store.create(change(record)),
    replace: (record, version) => store.replace(change(record), version),
  })
}

/** A store that looks a record up by another id. */
function byAnotherId(other: (id: string) => string): Fault {
  return (store) => ({
    read: (id) => store.read(other(id)),
    create: (record) => store.create({ ...record, id: other(record.id) }),
    replace: (record, version) => store.replace({ ...record, id: other(record.id) }, version),
    touch: (id, expiresAt, version) => store.touch(other(id), expiresAt, version),
    delete: (id) => store.delete(other(id)),
  })
}

const saysReplaced: Fault = (store) => ({
  replace: async (record, version) => (await store.replace(record, version)) ?? -1,
})

const ignoresVersions: Fault = (store) => ({
  async replace(record) {
    const found = await store.read(record.id)
    return found && store.replace(record, found.version)
  },
})

const cachesReads: Fault = (store) => {
  const copies = new Map<string, Found>()
  return {
    async read(id) {
      const found = copies.get(id) ?? (await store.read(id))
      if (found) copies.set(id, found)
      return found
    },
  }
}

export const touchesInTwoSteps: Fault = (store) => ({
  async touch(id, expiresAt, version) {
    const found = await store.read(id)
    if (found?.version !== version) return false
    await turn()
    await store.delete(id)
    return (await store.create({ ...found.record, expiresAt })) !== undefined
  },
})

const clearsAll: Fault = (store) => {
  const ids: string[] = []
  return {
    create(record) {
      ids.push(record.id)
      return store.create(record)
    },
    async clearExpired({ onProgress, signal }: ClearExpiredOptions = {}) {
      if (signal?.aborted) return 0
      for (const id of ids) await store.delete(id)
      onProgress?.(ids.length)
      return ids.length
    },
  }
}

/** For each law the stores that it must find, each by what is wrong with it. */
export const WRONG_STORES: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  "gives back every character of what was created": {
    "cuts what is long": changing((record) => ({ ...record, payload: record.payload.slice(0, 200_000) })),
    "drops byte order marks": changing((record) => ({
      ...record,
      payload: record.payload.replaceAll("\ufeff", ""),
    })),
    "keeps users in ASCII": changing((record) => ({
      ...record,
      userId: record.userId?.replace(/[^ -~]/g, "?") ?? null,
    })),
  },
  "knows nothing of an id that was never created, and creates nothing by looking": {
    "deletes what is not there": (store) => ({
      async delete(id) {
        await store.delete(id)
        return true
      },
    }),
    "touches what is not there": () => ({ touch: async () => true }),
  },
  "keeps the ids of sessions apart from those of users' marks, which are longer": {
    "cuts ids": byAnotherId((id) => id.slice(0, 32)),
  },
  "reads what lies at the source when it is to read afresh, and calls none of it a copy": {
    "reads a copy": cachesReads,
    "calls the source a copy": (store) => ({
      async read(id) {
        const found = await store.read(id)
        return found && { ...found, isCopy: true }
      },
    }),
  },
  "uses no this, so that a store can be spread": {
    "is an object with methods": (store) =>
      ({
        own: store,
        create(this: { own: FullStore }, record: SessionRecord) {
          return this.own.create(record)
        },
      }) as Partial<FullStore>,
  },
  "keeps what a session may hold, or says that it is too large": {
    "cuts what a column has no room for": changing((record) => ({
      ...record,
      payload: record.payload.slice(0, 400_000),
    })),
    "fails on what is large": (store) => ({
      async create(record) {
        if (record.payload.length > 500_000) throw new Error("too large")
        return store.create(record)
      },
    }),
  },
  "creates nothing over a record that is there": {
    "creates over it": (store) => ({
      async create(record) {
        await store.delete(record.id)
        return store.create(record)
      },
    }),
  },
  "lets one of many parallel creates win": {
    "tells each that it has won": (store) => ({
      create: async (record) => (await store.create(record)) ?? -1,
    }),
  },
  "creates over a record that is dead, which a version from before does not outlive": {
    "says that it replaced": saysReplaced,
    "keeps the ids of the dead": (store) => {
      const taken = new Set<string>()
      return {
        async create(record) {
          if (taken.has(record.id)) return undefined
          taken.add(record.id)
          return store.create(record)
        },
      }
    },
  },
  "refuses a version from before the id was deleted and made anew": { "ignores versions": ignoresVersions },
  "never revives what was deleted": {
    "says that it replaced": saysReplaced,
    "creates what it was to replace": (store) => ({
      replace: async (record, version) => (await store.replace(record, version)) ?? store.create(record),
    }),
  },
  "replaces under the version it gave, and gives the next": {
    "gives the version that it was given": (store) => ({
      replace: async (record, version) =>
        (await store.replace(record, version)) === undefined ? undefined : version,
    }),
  },
  "knows a version from read as well as from its own write": {
    "gives readers another version": (store) => ({
      async read(id) {
        const found = await store.read(id)
        return found && { ...found, version: `read ${found.version}` }
      },
    }),
  },
  "refuses an overtaken version and writes nothing": {
    "says that it replaced": saysReplaced,
    "ignores versions": ignoresVersions,
  },
  "refuses an overtaken version also when the text written is the same": {
    "compares texts": (store) => {
      const texts = new Map<unknown, string>()
      return {
        async create(record) {
          const version = await store.create(record)
          texts.set(version, record.payload)
          return version
        },
        async replace(record, version) {
          const found = await store.read(record.id)
          return found?.record.payload === texts.get(version)
            ? store.replace(record, found!.version)
            : undefined
        },
      }
    },
  },
  "lets one of many parallel replaces win": { "says that it replaced": saysReplaced },
  "counts exactly when many count by reading and replacing": { "says that it replaced": saysReplaced },
  "moves only the deadline when touched": {
    "gives another version": (store) => ({
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        if (found?.version !== version) return false
        return (await store.replace({ ...found.record, expiresAt }, version)) !== undefined
      },
    }),
  },
  "touches no record that was changed since, so that its new deadline stands": {
    "says that it touched": (store) => ({
      touch: async (...args) => (await store.touch(...args)) || true,
    }),
  },
  "keeps a touched record past its first deadline": {
    "touches nothing": (store) => ({
      touch: async (id, _, version) => (await store.read(id))?.version === version,
    }),
  },
  "forgets a record at its deadline, for every call": {
    "says that it replaced": saysReplaced,
    "reads what is dead": (store) => {
      const seen = new Map<string, Found>()
      return {
        async read(id) {
          const found = await store.read(id)
          if (found) seen.set(id, found)
          return found ?? seen.get(id)
        },
      }
    },
  },
  "ends a record that is given a deadline in the past": {
    "takes no deadline in the past by a touch": (store) => ({
      touch: async (id, expiresAt, version) => expiresAt > Date.now() && store.touch(id, expiresAt, version),
    }),
    "refuses a deadline in the past": (store) => ({
      replace: async (record, version) =>
        record.expiresAt > Date.now() ? store.replace(record, version) : undefined,
    }),
  },
  "keeps a record whose deadline is over a year away": {
    "keeps nothing for over a month": changing((record) => ({
      ...record,
      expiresAt: Math.min(record.expiresAt, Date.now() + 30 * 86_400_000),
    })),
  },
  "leaves a replace alone that a touch meets": {
    "touches in two steps": (store) => ({
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        await turn()
        const now = await store.read(id)
        if (!found || !now || found.version !== version) return false
        return (await store.replace({ ...found.record, expiresAt }, now.version)) !== undefined
      },
    }),
  },
  "revives nothing by a touch that meets a delete": { "touches in two steps": touchesInTwoSteps },
  "clears what is dead and only that": {
    miscounts: (store) => ({
      async clearExpired({ onProgress, signal }: ClearExpiredOptions = {}) {
        if (signal?.aborted) return 0
        await store.clearExpired()
        onProgress?.(1)
        return 1
      },
    }),
    "clears what is alive": clearsAll,
  },
  "clears in batches of the size asked for, and stops between two": {
    "does not stop": (store) => ({
      clearExpired: ({ signal: _, ...options } = {}) => store.clearExpired(options),
    }),
    "clears all at once": (store) => ({
      clearExpired: (options) => store.clearExpired({ ...options, batchSize: 1000 }),
    }),
  },
  "lists a session as soon as its write is answered, while others list and end theirs": {
    "lists it a moment later": (store) => {
      const late = new Set<string>()
      const noted =
        <Args extends readonly [SessionRecord, ...unknown[]], Answer>(
          write: (...args: Args) => Promise<Answer>,
        ) =>
        (...args: Args): Promise<Answer> => {
          late.add(args[0].id)
          setTimeout(() => late.delete(args[0].id), 50)
          return write(...args)
        }
      return {
        create: noted(store.create),
        replace: noted(store.replace),
        listByUser: async (user) => (await store.listByUser(user)).filter(({ id }) => !late.has(id)),
      }
    },
  },
  "lists a user's live sessions and no others, where it can": {
    "lists users in any case": (store) => ({
      listByUser: async (user) => [
        ...(await store.listByUser(user)),
        ...(await store.listByUser(user.toUpperCase())),
      ],
    }),
    "leaves a session to the user who left it": (store) => ({
      async replace(record, version) {
        const userId = record.userId ?? (await store.read(record.id))?.record.userId ?? null
        return store.replace({ ...record, userId }, version)
      },
    }),
  },
  "tells users apart by every character": {
    "trims users": (store) => ({
      ...changing((record) => ({ ...record, userId: record.userId?.trim() ?? null }))(store),
      listByUser: (user) => store.listByUser(user.trim()),
    }),
  },
  "answers calls at the same time as if they came one after another": {
    "touches in two steps": touchesInTwoSteps,
  },
}
