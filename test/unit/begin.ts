import type { Sessions } from "../../src/index.ts"

type Data = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: sessions of any schema
type AnyData = any

/** A visitor's cookie, after a request that stored this data, with its accessors if it has any. */
export async function begin(sessions: Sessions<AnyData>, data: Data): Promise<string> {
  const session = await sessions.open({}).load()
  Object.defineProperties(session.data, Object.getOwnPropertyDescriptors(data))
  const { headers } = await sessions.commit(session)
  return headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
}
