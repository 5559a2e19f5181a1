import assert from "node:assert/strict"
import { type Law, newId, newRecord, PAYLOADS, soon } from "./stage.ts"

/** What a store keeps: records as they were given, under their ids. */
export function recordsLaws(law: Law): void {
  law("gives back every character of what was created", async ({ store }) => {
    for (const payload of PAYLOADS) {
      const record = newRecord({ payload, userId: "Zoë 🦊 'quoted\" %_\\" })
      assert.notEqual(await store.create(record), undefined)
      assert.deepEqual((await store.read(record.id))?.record, record)
    }
  })

  law("knows nothing of an id that was never created, and creates nothing by looking", async ({ store }) => {
    const other = (await store.create(newRecord()))!
    for (const id of [newId(), "", "__proto__", "../../etc/passwd", "' OR 1=1 --", "x".repeat(300)]) {
      assert.equal(await store.read(id), undefined)
      assert.equal(await store.touch(id, soon(), other), false)
      assert.equal(await store.delete(id), false)
      assert.equal(await store.read(id), undefined)
    }
  })

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

  law("keeps what a session may hold, or says that it is too large", async ({ store }) => {
    for (const size of [400_001, 1_000_000]) {
      const record = newRecord({ payload: "x".repeat(size) })
      try {
        assert.notEqual(await store.create(record), undefined)
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, "ERR_RECORD_TOO_LARGE")
        assert.equal(await store.read(record.id), undefined)
        continue
      }
      assert.deepEqual((await store.read(record.id))?.record, record)
    }
  })
}
