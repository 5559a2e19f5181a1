import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"

/** Signs the users in, each with a cart, and gives the ids of their sessions. */
export async function signIn(url: string, ...users: string[]): Promise<string[]> {
  const store = await storeFromUrl(url)
  const sessions = createSessions<{ cart?: string[] }>({ store })
  const ids: string[] = []
  for (const user of users) {
    const session = await sessions.open({}).load()
    session.login(user)
    session.data.cart = ["pen \u009b2J \u202e"]
    session.setExpiry(300)
    await sessions.commit(session)
    ids.push(session.id)
  }
  await store.close()
  return ids
}

/** Leaves dead records. */
export async function leaveDead(url: string, count: number): Promise<void> {
  const store = await storeFromUrl(url)
  const dead = { userId: null, payload: "", expiresAt: 1 }
  for (let n = 0; n < count; n++) await store.create({ ...dead, id: n.toString(16).padStart(64, "0") })
  await store.close()
}
