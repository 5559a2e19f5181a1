import assert from "node:assert/strict"
import { ids, type Law, newId, newRecord, soon, until } from "./stage.ts"

/** A user's records, where the store can find them. */
export function usersLaws(law: Law): void {
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
    const others = [newRecord({ userId: `${user}x` }), newRecord({ userId: user.toUpperCase() }), newRecord()]
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

  law("tells users apart by every character", async ({ store }) => {
    if (!store.listByUser) return
    const name = `user-${newId()}`
    const users = [
      name,
      ` ${name}`,
      `${name} `,
      name.toUpperCase(),
      `${name}\u0301`,
      `${name}\t`,
      `${name}%`,
      `${name}_`,
      `é${name}`,
      `e\u0301${name}`,
    ]
    const records = users.map((userId) => newRecord({ userId }))
    await Promise.all(records.map((record) => store.create(record)))
    for (const [n, user] of users.entries()) assert.deepEqual(await ids(store, user), [records[n]!.id])
  })
}
