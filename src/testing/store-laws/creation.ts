import assert from "node:assert/strict"
import { type Law, mustRead, newRecord, soon, until } from "./stage.ts"

/** Ids: created once while alive, again once dead. */
export function creationLaws(law: Law): void {
  law("creates nothing over a record that is there", async ({ store }) => {
    const first = newRecord({ payload: "first" })
    const version = await store.create(first)
    assert.equal(await store.create({ ...first, payload: "second", userId: "u" }), undefined)
    assert.deepEqual(await mustRead(store, first.id), { record: first, version })
  })

  law("lets one of many parallel creates win", async ({ store }) => {
    const record = newRecord()
    const tries = Array.from({ length: 12 }, (_, n) => store.create({ ...record, payload: `${n}` }))
    const winners = (await Promise.all(tries)).flatMap((version, n) =>
      version === undefined ? [] : [`${n}`],
    )
    assert.equal(winners.length, 1)
    assert.equal((await store.read(record.id))?.record.payload, winners[0])
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

  law("refuses a version from before the id was deleted and made anew", async ({ store }) => {
    const record = newRecord()
    const old = await store.create(record)
    await store.delete(record.id)
    await store.create({ ...record, payload: "anew" })
    assert.equal(await store.replace({ ...record, payload: "late" }, old!), undefined)
    assert.equal((await store.read(record.id))?.record.payload, "anew")
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
}
