import assert from "node:assert/strict"
import { inTime, type Law, mustRead, newRecord, soon, until } from "./stage.ts"

/** Deadlines: kept at the moment of reading, moved by touches. */
export function deadlinesLaws(law: Law): void {
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

  law("leaves a replace alone that a touch meets", async ({ store }) => {
    for (let round = 0; round < 20; round++) {
      const record = newRecord({ payload: "first" })
      const version = (await store.create(record))!
      const [, next] = await Promise.all([
        store.touch(record.id, soon(7200), version),
        store.replace({ ...record, payload: "second" }, version),
      ])
      assert.equal((await store.read(record.id))?.record.payload, next === undefined ? "first" : "second")
    }
  })

  law("revives nothing by a touch that meets a delete", async ({ store }) => {
    for (let round = 0; round < 20; round++) {
      const record = newRecord({ userId: "u" })
      const version = (await store.create(record))!
      const touches = Array.from({ length: 3 }, (_, n) => store.touch(record.id, soon(7200 + n), version))
      assert.equal(await store.delete(record.id), true)
      await Promise.all(touches)
      assert.equal(await store.read(record.id), undefined)
    }
  })
}
