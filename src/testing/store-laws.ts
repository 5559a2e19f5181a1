import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import type { Found, SessionRecord, Store, UserIndex } from "../index.ts"

/** What a test runner must offer: vitest, jest, mocha and bun do so globally, `node:test` by import. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>, timeout?: number): unknown
}

/** A store under test. */
export interface OpenedStore {
  readonly store: Store & Partial<UserIndex>
  /** Closes its connections and removes what the test left. */
  readonly close?: () => Promise<unknown>
  /** The smallest step, in milliseconds, in which the backend counts deadlines. @default 1 */
  readonly deadlineStep?: number
}

/**
 * The laws of the `Store` contract as tests: whoever passes may be put under holdfast. Each law opens a
 * store of its own, which need not be empty.
 *
 * @example
 * storeLaws("mine", async () => ({ store: myStore(client), close: () => client.close() }))
 */
export function storeLaws(
  name: string,
  open: () => Promise<OpenedStore>,
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  const law = (sentence: string, check: (opened: Required<OpenedStore>) => Promise<void>): void => {
    runner.it(
      sentence,
      async () => {
        const opened = { close: async () => {}, deadlineStep: 1, ...(await open()) }
        try {
          await check(opened)
        } finally {
          await opened.close()
        }
      },
      60_000,
    )
  }

  runner.describe(`the store laws: ${name}`, () => {
    law("gives back every character of what was created", async ({ store }) => {
      for (const payload of PAYLOADS) {
        const record = newRecord({ payload, userId: "Zoë 🦊 'quoted\" %_\\" })
        assert.notEqual(await store.create(record), undefined)
        assert.deepEqual((await store.read(record.id))?.record, record)
      }
    })

    law(
      "knows nothing of an id that was never created, and creates nothing by looking",
      async ({ store }) => {
        const other = (await store.create(newRecord()))!
        for (const id of [newId(), "", "__proto__", "../../etc/passwd", "' OR 1=1 --", "x".repeat(300)]) {
          assert.equal(await store.read(id), undefined)
          assert.equal(await store.touch(id, soon(), other), false)
          assert.equal(await store.delete(id), false)
          assert.equal(await store.read(id), undefined)
        }
      },
    )

    law("creates nothing over a record that is there", async ({ store }) => {
      const first = newRecord({ payload: "first" })
      const version = await store.create(first)
      assert.equal(await store.create({ ...first, payload: "second", userId: "u" }), undefined)
      assert.deepEqual(await mustRead(store, first.id), { record: first, version })
    })

    law(
      "creates over a record that is dead, which a version from before does not outlive",
      async ({ store, deadlineStep }) => {
        const [over, late] = [newRecord(), newRecord({ expiresAt: Date.now() + deadlineStep + 50 })]
        const ended = (await store.create(over))!
        await store.replace({ ...over, payload: "", expiresAt: 0 }, ended)
        const expired = (await store.create(late))!
        await until(late.expiresAt + 2 * deadlineStep)
        for (const [record, version] of [
          [over, ended],
          [late, expired],
        ] as const) {
          const again = { ...record, payload: "again", expiresAt: soon() }
          assert.notEqual(await store.create(again), undefined)
          assert.equal(await store.create({ ...again, payload: "once more" }), undefined)
          assert.equal(await store.replace({ ...again, payload: "late" }, version), undefined)
          assert.deepEqual((await store.read(record.id))?.record, again)
        }
      },
    )

    law("keeps the ids of sessions apart from those of users' marks, which are longer", async ({ store }) => {
      const mark = newRecord({ payload: "mark" })
      const session = newRecord({ id: mark.id.slice(0, 32), payload: "session" })
      for (const record of [mark, session]) assert.notEqual(await store.create(record), undefined)
      for (const record of [mark, session]) assert.deepEqual((await store.read(record.id))?.record, record)
      assert.equal(await store.delete(session.id), true)
      assert.deepEqual((await store.read(mark.id))?.record, mark)
    })

    law(
      "reads what lies at the source when it is to read afresh, and calls none of it a copy",
      async ({ store }) => {
        const record = newRecord()
        const version = await store.create(record)
        await store.read(record.id)
        const next = await store.replace({ ...record, payload: "next" }, version!)
        assert.deepEqual(await store.read(record.id, { fresh: true }), {
          record: { ...record, payload: "next" },
          version: next,
        })
        await store.delete(record.id)
        assert.equal(await store.read(record.id, { fresh: true }), undefined)
      },
    )

    law("lets one of many parallel creates win", async ({ store }) => {
      const record = newRecord()
      const tries = Array.from({ length: 12 }, (_, n) => store.create({ ...record, payload: `${n}` }))
      const winners = (await Promise.all(tries)).flatMap((version, n) =>
        version === undefined ? [] : [`${n}`],
      )
      assert.equal(winners.length, 1)
      assert.equal((await store.read(record.id))?.record.payload, winners[0])
    })

    law("replaces under the version it gave, and gives the next", async ({ store }) => {
      const record = newRecord()
      const first = await store.create(record)
      const changed = { ...record, payload: "changed", userId: "somebody", expiresAt: soon(7200) }
      const second = await store.replace(changed, first!)
      assert.notEqual(second, undefined)
      assert.notEqual(second, first)
      assert.deepEqual(await mustRead(store, record.id), { record: changed, version: second })
      const again = await store.replace({ ...changed, userId: null }, second!)
      assert.notEqual(again, undefined)
      assert.equal((await store.read(record.id))?.record.userId, null)
    })

    law("knows a version from read as well as from its own write", async ({ store }) => {
      const record = newRecord()
      await store.create(record)
      const found = await mustRead(store, record.id)
      assert.notEqual(await store.replace({ ...record, payload: "next" }, found.version), undefined)
    })

    law("refuses an overtaken version and writes nothing", async ({ store }) => {
      const record = newRecord()
      const first = await store.create(record)
      const second = await store.replace({ ...record, payload: "second" }, first!)
      assert.equal(await store.replace({ ...record, payload: "late" }, first!), undefined)
      assert.deepEqual(await mustRead(store, record.id), {
        record: { ...record, payload: "second" },
        version: second,
      })
    })

    law("refuses an overtaken version also when the text written is the same", async ({ store }) => {
      const record = newRecord()
      const first = await store.create(record)
      await store.replace(record, first!)
      assert.equal(await store.replace({ ...record, payload: "late" }, first!), undefined)
    })

    law("lets one of many parallel replaces win", async ({ store }) => {
      const record = newRecord()
      const version = await store.create(record)
      const tries = Array.from({ length: 12 }, (_, n) =>
        store.replace({ ...record, payload: `${n}` }, version!),
      )
      const winners = (await Promise.all(tries)).flatMap((answer, n) =>
        answer === undefined ? [] : [`${n}`],
      )
      assert.equal(winners.length, 1)
      assert.equal((await store.read(record.id))?.record.payload, winners[0])
    })

    law("counts exactly when many count by reading and replacing", async ({ store }) => {
      const record = newRecord({ payload: "0" })
      await store.create(record)
      const increment = async (): Promise<void> => {
        for (;;) {
          const found = await mustRead(store, record.id)
          const next = { ...found.record, payload: String(Number(found.record.payload) + 1) }
          if ((await store.replace(next, found.version)) !== undefined) return
        }
      }
      await Promise.all(Array.from({ length: 10 }, increment))
      assert.equal((await store.read(record.id))?.record.payload, "10")
    })

    law("never revives what was deleted", async ({ store }) => {
      const record = newRecord({ userId: "u" })
      const version = await store.create(record)
      assert.equal(await store.delete(record.id), true)
      assert.equal(await store.replace({ ...record, payload: "back" }, version!), undefined)
      assert.equal(await store.touch(record.id, soon(), version!), false)
      assert.equal(await store.delete(record.id), false)
      assert.equal(await store.read(record.id), undefined)
    })

    law("refuses a version from before the id was deleted and made anew", async ({ store }) => {
      const record = newRecord()
      const old = await store.create(record)
      await store.delete(record.id)
      await store.create({ ...record, payload: "anew" })
      assert.equal(await store.replace({ ...record, payload: "late" }, old!), undefined)
      assert.equal((await store.read(record.id))?.record.payload, "anew")
    })

    law("moves only the deadline when touched", async ({ store, deadlineStep }) => {
      const record = newRecord({ expiresAt: soon(60) })
      const version = await store.create(record)
      const later = soon(7200)
      assert.equal(await store.touch(record.id, later, version!), true)
      const found = await mustRead(store, record.id)
      assert.deepEqual({ ...found.record, expiresAt: 0 }, { ...record, expiresAt: 0 })
      assert.ok(Math.abs(found.record.expiresAt - later) <= deadlineStep)
      assert.notEqual(await store.replace({ ...record, payload: "next" }, version!), undefined)
    })

    law("touches no record that was changed since, so that its new deadline stands", async ({ store }) => {
      const record = newRecord({ expiresAt: soon(7200), userId: "u" })
      const version = (await store.create(record))!
      const next = { ...record, payload: "next", expiresAt: soon(60) }
      const written = (await store.replace(next, version))!
      assert.equal(await store.touch(record.id, soon(14_400), version), false)
      assert.deepEqual((await store.read(record.id))?.record, next)
      assert.equal(await store.touch(record.id, soon(120), written), true)
    })

    law("keeps a touched record past its first deadline", async ({ store, deadlineStep }) => {
      const { record, isTouched } = await inTime(deadlineStep, async (expiresAt) => {
        const record = newRecord({ expiresAt })
        const version = await store.create(record)
        return { record, isTouched: version !== undefined && (await store.touch(record.id, soon(), version)) }
      })
      assert.equal(isTouched, true)
      await until(record.expiresAt + deadlineStep + 20)
      assert.notEqual(await store.read(record.id), undefined)
    })

    law("forgets a record at its deadline, for every call", async ({ store, deadlineStep }) => {
      const { records, versions, found } = await inTime(deadlineStep, async (expiresAt) => {
        const records = Array.from({ length: 4 }, () => newRecord({ expiresAt, userId: "ends" }))
        const versions = await Promise.all(records.map((record) => store.create(record)))
        return { records, versions, found: await store.read(records[0]!.id) }
      })
      assert.ok(versions.every((version) => version !== undefined))
      assert.notEqual(found, undefined)
      await until(records[0]!.expiresAt + deadlineStep + 20)
      assert.equal(await store.read(records[0]!.id), undefined)
      assert.equal(await store.touch(records[1]!.id, soon(), versions[1]!), false)
      const late = { ...records[2]!, expiresAt: soon() }
      assert.equal(await store.replace(late, versions[2]!), undefined)
      assert.equal(await store.delete(records[3]!.id), false)
      for (const { id } of records) assert.equal(await store.read(id), undefined)
    })

    law("ends a record that is given a deadline in the past", async ({ store }) => {
      const record = newRecord()
      const version = await store.create(record)
      assert.notEqual(await store.replace({ ...record, payload: "", expiresAt: 0 }, version!), undefined)
      assert.equal(await store.read(record.id), undefined)
      assert.equal(await store.touch(record.id, soon(), version!), false)

      const touched = newRecord()
      const before = (await store.create(touched))!
      await store.touch(touched.id, Date.now() - 10_000, before)
      assert.equal(await store.read(touched.id), undefined)
    })

    law("keeps a record whose deadline is over a year away", async ({ store, deadlineStep }) => {
      const record = newRecord({ expiresAt: soon(399 * 86_400) })
      await store.create(record)
      const found = await mustRead(store, record.id)
      assert.ok(Math.abs(found.record.expiresAt - record.expiresAt) <= deadlineStep)
    })

    law("clears what is dead and only that", async ({ store, deadlineStep }) => {
      const dead = Array.from({ length: 5 }, () => newRecord({ expiresAt: Date.now() + deadlineStep + 50 }))
      const live = Array.from({ length: 5 }, () => newRecord())
      await Promise.all([...dead, ...live].map((record) => store.create(record)))
      await until(dead[4]!.expiresAt + 2 * deadlineStep)
      const told: number[] = []
      const removed = await store.clearExpired({ batchSize: 2, onProgress: (sum) => told.push(sum) })
      assert.ok(removed === 0 || removed >= 5)
      if (removed > 0) assert.equal(told.at(-1), removed)
      assert.deepEqual(
        told,
        [...told].sort((a, b) => a - b),
      )
      for (const record of live) assert.deepEqual((await store.read(record.id))?.record, record)
      for (const { id } of dead) assert.equal(await store.read(id), undefined)
      assert.equal(await store.clearExpired({ signal: AbortSignal.abort() }), 0)
    })

    law("uses no this, so that a store can be spread", async ({ store }) => {
      const { create, read, replace, touch, delete: remove } = store
      const record = newRecord()
      const version = await create(record)
      const next = await replace(record, version!)
      assert.notEqual(next, undefined)
      assert.equal(await touch(record.id, soon(), next!), true)
      assert.equal((await read(record.id))?.record.id, record.id)
      assert.equal(await remove(record.id), true)
    })

    law(
      "lists a session as soon as its write is answered, while others list and end theirs",
      async ({ store }) => {
        if (!store.listByUser) return
        const user = `user-${newId()}`
        const sign = async (n: number): Promise<void> => {
          const record = newRecord()
          const version = (await store.create(n % 2 === 0 ? record : { ...record, userId: user }))!
          if (n % 2 === 0) await store.replace({ ...record, userId: user }, version)
          assert.ok((await ids(store, user)).includes(record.id))
          if (n % 3 === 0) await store.delete(record.id)
        }
        await Promise.all(Array.from({ length: 24 }, (_, n) => sign(n)))
        assert.equal((await ids(store, user)).length, 16)
      },
    )

    law("lists a user's live sessions and no others, where it can", async ({ store, deadlineStep }) => {
      if (!store.listByUser) return
      const user = `user-${newId()}`
      const mine = Array.from({ length: 8 }, () => newRecord({ userId: user }))
      const dying = newRecord({ userId: user, expiresAt: Date.now() + deadlineStep + 50 })
      const others = [
        newRecord({ userId: `${user}x` }),
        newRecord({ userId: user.toUpperCase() }),
        newRecord(),
      ]
      const versions = await Promise.all([...mine, dying, ...others].map((record) => store.create(record)))
      await until(dying.expiresAt + 2 * deadlineStep)
      assert.deepEqual(await ids(store, user), mine.map(({ id }) => id).sort())

      await store.delete(mine[0]!.id)
      await store.replace({ ...mine[1]!, userId: null }, versions[1]!)
      await store.replace({ ...mine[2]!, userId: `${user}x` }, versions[2]!)
      await store.replace({ ...mine[3]!, payload: "changed" }, versions[3]!)
      await store.touch(mine[4]!.id, soon(7200), versions[4]!)
      assert.deepEqual(
        await ids(store, user),
        mine
          .slice(3)
          .map(({ id }) => id)
          .sort(),
      )
      const listed = await store.listByUser(user)
      assert.equal(listed.find(({ id }) => id === mine[3]!.id)?.payload, "changed")
      assert.deepEqual(await store.listByUser(`nobody-${newId()}`), [])
    })
  })
}

/** Texts of every kind that an encoded session can be: JSON leaves no raw control characters or lone surrogates. */
const PAYLOADS: readonly string[] = [
  "",
  "0",
  '{"a":[1,2.5,-0,null,true],"b":"\\u0000\\ud800 \\" \\\\ / \' ` $1 %s"}',
  JSON.stringify("åß∂ 漢字 🦊 \u007f \u2028 \ufeff"),
  "x".repeat(300_000),
  "é".repeat(50_000),
]

function newId(): string {
  return createHash("sha256").update(randomBytes(32)).digest("hex")
}

function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
  return { id: newId(), userId: null, payload: '{"v":1}', expiresAt: soon(), ...some }
}

/** An instant on a whole second, so that every backend can keep it exactly. */
function soon(seconds = 3600): number {
  return Math.floor(Date.now() / 1000 + seconds) * 1000
}

async function mustRead(store: Store, id: string): Promise<Found> {
  const found = await store.read(id)
  assert.ok(found)
  return { record: found.record, version: found.version }
}

async function ids(store: Partial<UserIndex>, userId: string): Promise<string[]> {
  return (await store.listByUser!(userId)).map(({ id }) => id).sort()
}

/** What the work comes to under a deadline that is near, yet ahead when it is done: where it takes long, it is done again under a later one. */
async function inTime<Result>(
  deadlineStep: number,
  work: (expiresAt: number) => Promise<Result>,
): Promise<Result> {
  for (let left = 200; ; left *= 4) {
    const expiresAt = Date.now() + 2 * deadlineStep + left
    const result = await work(expiresAt)
    if (Date.now() < expiresAt - deadlineStep || left > 5000) return result
  }
}

function until(instant: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, instant - Date.now())))
}
