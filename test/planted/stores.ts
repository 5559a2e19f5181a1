import type { Found, SessionRecord, Store, UserIndex } from "../../src/index.ts"

export type FullStore = Store & UserIndex

/** A store with something wrong in it, and the published law that finds it. */
export interface StoreFault {
  /** The wrong methods, made of a right store. */
  readonly wrong: (store: FullStore) => Partial<FullStore>
  readonly law: string
}

/** The law that finds what no other does: a random history, judged. */
export const HISTORIES = "answers calls at the same time as if they came one after another"

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Faults that stores have had, or that others are known for. */
export const STORE_FAULTS: Readonly<Record<string, StoreFault>> = {
  "a touch that reads, waits and writes back": {
    law: HISTORIES,
    wrong: (store) => ({
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        if (found?.version !== version) return false
        await turn()
        await store.delete(id)
        return (await store.create({ ...found.record, expiresAt })) !== undefined
      },
    }),
  },
  "a replace that compares and writes in two steps": {
    law: HISTORIES,
    wrong: (store) => ({
      async replace(record, version) {
        if ((await store.read(record.id))?.version !== version) return undefined
        await turn()
        const now = await store.read(record.id)
        return now && store.replace(record, now.version)
      },
    }),
  },
  "a replace that revives": {
    law: HISTORIES,
    wrong: (store) => ({
      replace: async (record, version) => (await store.replace(record, version)) ?? store.create(record),
    }),
  },
  "a replace that is answered and not done": {
    law: HISTORIES,
    wrong: (store) => {
      let n = 0
      return {
        replace: async (record, version) =>
          ++n % 20 === 0 && (await store.read(record.id))?.version === version
            ? `lost ${n}`
            : store.replace(record, version),
      }
    },
  },
  "a delete that is answered and not done": {
    law: HISTORIES,
    wrong: (store) => {
      let n = 0
      return {
        delete: async (id) => (++n % 3 === 0 ? (await store.read(id)) !== undefined : store.delete(id)),
      }
    },
  },
  "a delete that says done of nothing": {
    law: HISTORIES,
    wrong: (store) => ({
      async delete(id) {
        await store.delete(id)
        return true
      },
    }),
  },
  "a create over what is there": {
    law: HISTORIES,
    wrong: (store) => ({
      async create(record) {
        await store.delete(record.id)
        return store.create(record)
      },
    }),
  },
  "a create that is refused where nothing is": {
    law: HISTORIES,
    wrong: (store) => {
      const dead = new Set<string>()
      return {
        async delete(id) {
          const isDone = await store.delete(id)
          if (isDone) dead.add(id)
          return isDone
        },
        create: async (record) => (dead.delete(record.id) ? undefined : store.create(record)),
      }
    },
  },
  "a read from a copy that it does not call one": {
    law: HISTORIES,
    wrong: (store) => {
      const copies = new Map<string, { found: Found | undefined; uses: number }>()
      return {
        async read(id) {
          const copy = copies.get(id)
          if (copy && copy.uses++ < 5) return copy.found
          const found = await store.read(id)
          copies.set(id, { found, uses: 0 })
          return found
        },
      }
    },
  },
  "a read that does not find now and then": {
    law: HISTORIES,
    wrong: (store) => {
      let n = 0
      return { read: async (id) => (++n % 50 === 0 ? undefined : store.read(id)) }
    },
  },
  "a record that is lost now and then": {
    law: HISTORIES,
    wrong: (store) => {
      let n = 0
      return {
        async read(id) {
          if (++n % 80 === 0) await store.delete(id)
          return store.read(id)
        },
      }
    },
  },
  "a version used twice": {
    law: HISTORIES,
    wrong: (store) => {
      const shorten = (version: unknown): number => Math.floor(Number(version) / 2)
      const given = new Map<string, Found>()
      return {
        async read(id) {
          const found = await store.read(id)
          if (found) given.set(id, found)
          return found && { ...found, version: shorten(found.version) }
        },
        async create(record) {
          const version = await store.create(record)
          return version === undefined ? version : shorten(version)
        },
        async replace(record, version) {
          const found = await store.read(record.id)
          if (!found || shorten(found.version) !== version) return undefined
          const next = await store.replace(record, found.version)
          return next === undefined ? next : shorten(next)
        },
        async touch(id, expiresAt, version) {
          const found = await store.read(id)
          return (
            found !== undefined &&
            shorten(found.version) === version &&
            store.touch(id, expiresAt, found.version)
          )
        },
      }
    },
  },
  "a touch that is answered and not done": {
    law: HISTORIES,
    wrong: (store) => ({
      touch: async (id, _expiresAt, version) => (await store.read(id))?.version === version,
    }),
  },
  "a touch that is refused where nothing came between": {
    law: HISTORIES,
    wrong: (store) => {
      let n = 0
      return { touch: async (...args) => ++n % 4 !== 0 && store.touch(...args) }
    },
  },
  "another user's record": {
    law: HISTORIES,
    wrong: (store) => ({
      async read(id) {
        const found = await store.read(id)
        return found && { ...found, record: { ...found.record, userId: "ada" } }
      },
    }),
  },
  "a list that misses": {
    law: HISTORIES,
    wrong: (store) => ({ listByUser: async (user) => (await store.listByUser(user)).slice(1) }),
  },
  "a list by a stale index": {
    law: HISTORIES,
    wrong: (store) => {
      const stale = new Map<string, SessionRecord[]>()
      let n = 0
      return {
        async listByUser(user) {
          if (++n % 4 !== 0 && stale.has(user)) return stale.get(user)!
          const listed = await store.listByUser(user)
          stale.set(user, listed)
          return listed
        },
      }
    },
  },
  "a touch that revives a record deleted meanwhile": {
    law: "revives nothing by a touch that meets a delete",
    wrong: (store) => ({
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        if (found?.version !== version) return false
        await turn()
        if (await store.touch(id, expiresAt, version)) return true
        return (await store.create({ ...found.record, expiresAt })) !== undefined
      },
    }),
  },
  "a touch that undoes a replace beside it": {
    law: "leaves a replace alone that a touch meets",
    wrong: (store) => ({
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        if (found?.version !== version) return false
        await turn()
        await store.delete(id)
        return (await store.create({ ...found.record, expiresAt })) !== undefined
      },
    }),
  },
  "a create that refuses the id of a dead record": {
    law: "creates over a record that is dead, which a version from before does not outlive",
    wrong: (store) => {
      const used = new Set<string>()
      return {
        async create(record) {
          if (used.has(record.id)) return undefined
          used.add(record.id)
          return store.create(record)
        },
      }
    },
  },
  "a clearExpired that ignores its batch size and its signal": {
    law: "clears in batches of the size asked for, and stops between two",
    wrong: (store) => ({
      clearExpired: ({ onProgress } = {}) => store.clearExpired(onProgress && { onProgress }),
    }),
  },
  "an index by the user without the spaces around the name": {
    law: "tells users apart by every character",
    wrong: (store) => {
      const users = new Set<string>()
      const noted = (record: SessionRecord): SessionRecord => {
        if (record.userId !== null) users.add(record.userId)
        return record
      }
      return {
        create: (record) => store.create(noted(record)),
        replace: (record, version) => store.replace(noted(record), version),
        listByUser: async (user) => {
          const same = [...users].filter((other) => other.trim() === user.trim())
          return (await Promise.all(same.map((other) => store.listByUser(other)))).flat()
        },
      }
    },
  },
  "a payload that is cut where a column ends": {
    law: "keeps what a session may hold, or says that it is too large",
    wrong: (store) => ({
      create: (record) => store.create({ ...record, payload: record.payload.slice(0, 400_000) }),
    }),
  },
  "a record that is handed out past its deadline": {
    law: "forgets a record at its deadline, for every call",
    wrong: (store) => {
      const records = new Map<string, Found>()
      return {
        async read(id) {
          const found = (await store.read(id)) ?? records.get(id)
          if (found) records.set(id, found)
          return found
        },
      }
    },
  },
  "a version that says only what was written, not when": {
    law: "refuses an overtaken version also when the text written is the same",
    wrong: (store) => {
      const versionOf = ({ userId, payload, expiresAt }: SessionRecord): string =>
        JSON.stringify([userId, payload, expiresAt])
      return {
        async read(id) {
          const found = await store.read(id)
          return found && { ...found, version: versionOf(found.record) }
        },
        create: async (record) =>
          (await store.create(record)) === undefined ? undefined : versionOf(record),
        async replace(record, version) {
          const found = await store.read(record.id)
          if (!found || versionOf(found.record) !== version) return undefined
          return (await store.replace(record, found.version)) === undefined ? undefined : versionOf(record)
        },
        async touch(id, expiresAt, version) {
          const found = await store.read(id)
          if (!found || versionOf(found.record) !== version) return false
          return store.touch(id, expiresAt, found.version)
        },
      }
    },
  },
}

/** The store with the fault in it. */
export function faulty(right: FullStore, { wrong }: StoreFault): FullStore {
  return { ...right, ...wrong(right) }
}
