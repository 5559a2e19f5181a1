import { hash } from "node:crypto"
import { expect, it } from "vitest"
import { createSessions, type RequestHeaders } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

// What a request costs in the core, in units of a fixed piece of work, so that a slower or busier machine is as
// slow at both. Each bound is less than twice what was measured (0.63, 0.11, 0.065, the same beside four busy processes): a change
// that doubles the cost has to say why.

const TEXT = JSON.stringify({
  views: 12,
  theme: "dark",
  basket: [{ id: 100_017, name: "A thing", quantity: 1 }],
})
const sessions = createSessions({ store: memoryStore() })
const known = await signedIn()

it.each([
  ["that looks at an existing session", known, true, 1.1],
  ["of a visitor without a cookie", { host: "shop.example" }, true, 0.18],
  ["that never looks", known, false, 0.1],
] as const)("a request %s stays cheap", async (_name, headers, isLooking, bound) => {
  async function request(): Promise<void> {
    const session = sessions.open(headers)
    if (isLooking) {
      await session.load()
      void session.userId
    }
    sessions.commit(session, { status: 200 })
  }
  expect(await costOf(request)).toBeLessThan(bound)
})

/** The time of one call over that of one unit, each at its best of many short turns that alternate. */
async function costOf(work: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  let unit = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 150; turn++) {
    unit = Math.min(unit, await timeOf(async () => reference()))
    best = Math.min(best, await timeOf(work))
  }
  return best / unit
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const begin = performance.now()
  for (let n = 0; n < 100; n++) await work()
  return performance.now() - begin
}

/** Four times what every session library has to do: hash a token, parse a session, print it again. */
function reference(): void {
  for (let n = 0; n < 4; n++) {
    hash("sha256", TEXT.slice(0, 43 + n))
    JSON.stringify(JSON.parse(TEXT))
  }
}

async function signedIn(): Promise<RequestHeaders> {
  const session = await sessions.open({}).load()
  session.login("ada")
  Object.assign(session.data, JSON.parse(TEXT))
  const { headers } = await sessions.commit(session)
  const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
  return { host: "shop.example", cookie: `theme=dark; ${cookie}` }
}
