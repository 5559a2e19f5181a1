import assert from "node:assert/strict"
import { type Law, mustRead, newRecord, soon } from "./stage.ts"

/** Compare-and-swap: a write goes over the version it names, and over no other. */
export function versionsLaws(law: Law): void {
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
    const winners = (await Promise.all(tries)).flatMap((answer, n) => (answer === undefined ? [] : [`${n}`]))
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
}
