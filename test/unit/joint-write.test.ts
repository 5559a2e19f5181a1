import { describe, expect, it } from "vitest"
import { createSessions, type Session, type Sessions, type Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { respelt } from "../fixtures/respelt.ts"

type Data = Record<string, unknown>

const ENDED = { code: "ERR_SESSION_ENDED", statusCode: 409 }

/** Sessions whose store makes no replacement before `open()`, and one session with a cookie that many requests have loaded. */
async function crowd(count: number, change: (store: Store) => Partial<Store> = () => ({}), filler = "") {
  const memory = memoryStore()
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const replaced: string[] = []
  const store: Store = {
    ...memory,
    replace: async (record, version) => {
      replaced.push(record.payload)
      await opened
      return memory.replace(record, version)
    },
    ...change(memory),
  }
  const sessions = createSessions<Data>({ store })
  const first = await sessions.open({}).load()
  first.data.n = 0
  if (filler) first.data.filler = filler
  const { headers } = await sessions.commit(first)
  const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
  const loaded = await Promise.all(Array.from({ length: count }, () => sessions.open({ cookie }).load()))
  return { sessions, cookie, loaded, open, replaced }
}

async function stored(sessions: Sessions<Data>, cookie: string): Promise<Data> {
  return { ...(await sessions.open({ cookie }).load()).data }
}

function set(session: Session<Data>, key: string, value: unknown): Session<Data> {
  session.data[key] = value
  return session
}

describe("a writer", () => {
  it("goes by what it has read and not by what this process wrote long before", async () => {
    const memory = memoryStore()
    const calls: string[] = []
    const traced: Store = {
      ...memory,
      read: async (id) => {
        calls.push("read")
        return memory.read(id)
      },
      replace: async (record, version) => {
        calls.push("replace")
        return memory.replace(record, version)
      },
    }
    const [mine, theirs] = [createSessions<Data>({ store: traced }), createSessions<Data>({ store: memory })]
    const first = await mine.open({}).load()
    const cookie = (await mine.commit(set(first, "n", 0))).headers
      .find(([name]) => name === "set-cookie")![1]
      .split(";")[0]!
    for (const [n, sessions] of [mine, theirs, mine].entries()) {
      calls.length = 0
      await sessions.commit(set(await sessions.open({ cookie }).load(), "n", n + 1))
    }
    expect(calls).toEqual(["read", "replace"])
  })
})

describe("requests that wait to write to one session", () => {
  it("write together, each what it changed", async () => {
    const { sessions, cookie, loaded, open, replaced } = await crowd(10)
    const commits = loaded.map((session, n) => sessions.commit(set(session, `key${n}`, n)))
    open()
    for (const outcome of await Promise.all(commits)) expect(outcome.result).toBe("replace")
    expect(replaced).toHaveLength(2)
    expect(await stored(sessions, cookie)).toEqual({
      n: 0,
      ...Object.fromEntries(loaded.map((_, n) => [`key${n}`, n])),
    })
  })

  it("write a large session a few at a time, so that none holds up the process", async () => {
    const { sessions, cookie, loaded, open, replaced } = await crowd(10, () => ({}), "x".repeat(300_000))
    const commits = loaded.map((session, n) => sessions.commit(set(session, `key${n}`, n)))
    open()
    for (const outcome of await Promise.all(commits)) expect(outcome.result).toBe("replace")
    expect(replaced).toHaveLength(4) // the first alone, then four, four and one
    expect(await stored(sessions, cookie)).toMatchObject(
      Object.fromEntries(loaded.map((_, n) => [`key${n}`, n])),
    )
  })

  it("write a session that each of them makes large a few at a time, too", async () => {
    const { sessions, cookie, loaded, open, replaced } = await crowd(7)
    const commits = loaded.map((session, n) =>
      sessions.commit(set(session, "filler", `${n}${"x".repeat(400_000)}`)),
    )
    open()
    for (const outcome of await Promise.all(commits)) expect(outcome.result).toBe("replace")
    expect(replaced).toHaveLength(3) // the first alone, then twice three
    expect(await stored(sessions, cookie)).toMatchObject({ n: 0, filler: `6${"x".repeat(400_000)}` })
  })

  it("count exactly by update(), and learn what each made of it", async () => {
    const { sessions, cookie, loaded, open, replaced } = await crowd(10)
    const updates = loaded.map((session) => session.update((data) => (data.n = Number(data.n) + 1)))
    open()
    expect((await Promise.all(updates)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(replaced).toHaveLength(2)
    expect(await stored(sessions, cookie)).toEqual({ n: 10 })
  })

  it("go on from what they wrote themselves, without writing over what the others did", async () => {
    const { sessions, cookie, loaded, open } = await crowd(4)
    const saves = loaded.map((session, n) => set(session, `a${n}`, n).save())
    open()
    await Promise.all(saves)
    // The one that wrote before the others last, since the first to write must already look again.
    for (const n of [1, 2, 3, 0]) {
      loaded[n]!.data[`b${n}`] = n
      expect((await sessions.commit(loaded[n]!)).result).toBe("replace")
    }
    const keys = Object.keys(await stored(sessions, cookie)).sort()
    expect(keys).toEqual(["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3", "n"])
  })

  it("look again also where the store knows its writes by their text, which may be what it was", async () => {
    for (const isRotated of [false, true]) {
      const { sessions, cookie, loaded, open } = await crowd(3, (memory) => ({
        read: async (id) => {
          const found = await memory.read(id)
          return found && { ...found, version: found.record.payload }
        },
        create: async (record) => (await memory.create(record)) && record.payload,
        async replace(record, version) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          const found = await memory.read(record.id)
          if (found?.record.payload !== version) return undefined
          return (await memory.replace(record, found.version)) && record.payload
        },
      }))
      open()
      const add = (session: Session<Data>, n: number): Promise<void> =>
        session.update((data) => {
          data.n = Number(data.n) + n
        })
      await Promise.all(loaded.map((session, n) => add(session, n < 2 ? 1 : -1)))
      const second = set(loaded[1]!, "z", 1)
      if (isRotated) second.rotate()
      const { headers } = await sessions.commit(second)
      const next = headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0] ?? cookie
      expect(await stored(sessions, next)).toEqual({ n: 1, z: 1 })
    }
  })

  it("are gone where one before them brought its end forward", async () => {
    const { sessions, cookie, loaded, open } = await crowd(3)
    const first = sessions.commit(set(loaded[0]!, "a", 1))
    loaded[1]!.setExpiry(new Date(Date.now() - 1000))
    const ending = sessions.commit(loaded[1]!)
    const late = expect(sessions.commit(set(loaded[2]!, "c", 1))).rejects.toMatchObject(ENDED)
    open()
    expect((await first).result).toBe("replace")
    expect((await ending).result).toBe("replace")
    await late
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("fail alone when their own change can't be made", async () => {
    const { sessions, cookie, loaded, open, replaced } = await crowd(4)
    const updates = loaded.map((session, n) =>
      session.update((data) => {
        if (n === 2) throw new Error("not this one")
        data[`key${n}`] = n
      }),
    )
    open()
    const answers = await Promise.allSettled(updates)
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"])
    expect((answers[2] as PromiseRejectedResult).reason.message).toBe("not this one")
    expect(replaced).toHaveLength(2)
    expect(Object.keys(await stored(sessions, cookie)).sort()).toEqual(["key0", "key1", "key3", "n"])
  })

  it("write nothing when none of their changes can be made", async () => {
    const { loaded, open, replaced } = await crowd(3)
    const updates = loaded.map((session, n) =>
      session.update((data) => {
        if (n > 0) throw new Error("no")
        data.n = 1
      }),
    )
    open()
    await Promise.allSettled(updates)
    expect(replaced).toHaveLength(1)
  })

  it("all look again when another process was faster", async () => {
    let calls = 0
    const { sessions, cookie, loaded, open } = await crowd(5, (memory) => ({
      async replace(record, version) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        // Every third call lands; the first three are the first request's, the others of all that waited for it.
        if (++calls % 3 > 0) {
          const found = (await memory.read(record.id))!
          const theirs = respelt(found.record.payload, (text) => text.replace("{", `{"theirs${calls}":1,`))
          await memory.replace({ ...found.record, payload: theirs }, found.version)
        }
        return memory.replace(record, version)
      },
    }))
    open()
    const [last, ...others] = loaded.reverse()
    const commits = others.map((session, n) => sessions.commit(set(session, `key${n}`, n)))
    let tries = 0
    const update = last!.update((data) => {
      if (tries++ === 0) throw new Error("not at first")
      data.updated = true
    })
    await Promise.all([...commits, update])
    expect(Object.keys(await stored(sessions, cookie)).sort()).toEqual([
      "key0",
      "key1",
      "key2",
      "key3",
      "n",
      "theirs1",
      "theirs2",
      "theirs4",
      "theirs5",
      "updated",
    ])
  })

  it("are all told that it was ended, or that the store failed", async () => {
    for (const failing of [false, true]) {
      const { sessions, loaded, open } = await crowd(3, (memory) => ({
        async replace(record) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          if (failing) throw new Error("gone fishing")
          await memory.delete(record.id)
          return undefined
        },
      }))
      open()
      const commits = loaded.map((session, n) => sessions.commit(set(session, `key${n}`, n)))
      const answers = await Promise.allSettled(commits)
      for (const answer of answers)
        if (failing) expect(answer).toMatchObject({ reason: { code: "ERR_SESSION_STORE" } })
        else expect(answer).toMatchObject({ reason: ENDED })
    }
  })

  it("end with a logout that came after them, and are gone when they come after it", async () => {
    const { sessions, cookie, loaded, open } = await crowd(4)
    const [first, second, leaving, late] = loaded as [
      Session<Data>,
      Session<Data>,
      Session<Data>,
      Session<Data>,
    ]
    const before = [sessions.commit(set(first, "a", 1)), sessions.commit(set(second, "b", 1))]
    leaving.logout()
    const logout = sessions.commit(leaving)
    open()
    for (const outcome of await Promise.all(before)) expect(outcome.result).toBe("replace")
    expect((await logout).result).toBe("delete")
    await expect(sessions.commit(set(late, "c", 1))).rejects.toMatchObject(ENDED)
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })
})
