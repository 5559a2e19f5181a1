import type { Found, SessionRecord } from "../../src/index.ts"
import { type Fault, touchesInTwoSteps } from "./stores.ts"

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** What only calls at the same time show: faults that the judge must find in a random history. */
export const WRONG_HISTORIES: Readonly<Record<string, Fault>> = {
  "a touch that reads, waits and writes back": touchesInTwoSteps,
  "a replace that compares and writes in two steps": (store) => ({
    async replace(record, version) {
      if ((await store.read(record.id))?.version !== version) return undefined
      await turn()
      const now = await store.read(record.id)
      return now && store.replace(record, now.version)
    },
  }),
  "a replace that revives": (store) => ({
    replace: async (record, version) => (await store.replace(record, version)) ?? store.create(record),
  }),
  "a replace that is answered and not done": (store) => {
    let n = 0
    return {
      replace: async (record, version) =>
        ++n % 20 === 0 && (await store.read(record.id))?.version === version
          ? `lost ${n}`
          : store.replace(record, version),
    }
  },
  "a delete that is answered and not done": (store) => {
    let n = 0
    return {
      delete: async (id) => (++n % 3 === 0 ? (await store.read(id)) !== undefined : store.delete(id)),
    }
  },
  "a delete that says done of nothing": (store) => ({
    async delete(id) {
      await store.delete(id)
      return true
    },
  }),
  "a create over what is there": (store) => ({
    async create(record) {
      await store.delete(record.id)
      return store.create(record)
    },
  }),
  "a create that is refused where nothing is": (store) => {
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
  "a read from a copy that it does not call one": (store) => {
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
  "a read that does not find now and then": (store) => {
    let n = 0
    return { read: async (id) => (++n % 50 === 0 ? undefined : store.read(id)) }
  },
  "a record that is lost now and then": (store) => {
    let n = 0
    return {
      async read(id) {
        if (++n % 80 === 0) await store.delete(id)
        return store.read(id)
      },
    }
  },
  "a version used twice": (store) => {
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
  "a touch that is answered and not done": (store) => ({
    touch: async (id, _expiresAt, version) => (await store.read(id))?.version === version,
  }),
  "a touch that is refused where nothing came between": (store) => {
    let n = 0
    return { touch: async (...args) => ++n % 4 !== 0 && store.touch(...args) }
  },
  "another user's record": (store) => ({
    async read(id) {
      const found = await store.read(id)
      return found && { ...found, record: { ...found.record, userId: "ada" } }
    },
  }),
  "a list that misses": (store) => ({ listByUser: async (user) => (await store.listByUser(user)).slice(1) }),
  "a list by a stale index": (store) => {
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
}
