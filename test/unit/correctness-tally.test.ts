import { expect, it } from "vitest"
import { type Tally, tallyOf } from "../../bench/correctness/tally.ts"
import type { Ask, Sight, Visit } from "../judge/requests/visit.ts"

const nobody = (id: string): Sight => ({ id, isNew: true, user: null, data: {} })
const ada = (id: string, data = {}): Sight => ({ id, isNew: false, user: "ada", data })

type Told = readonly [begin: number, end: number, ask: Ask, seen: Sight, given?: string, sent?: string]
const READ: Ask = { do: "read" }
const LOGIN: Ask = { do: "login", user: "ada" }
const LOGOUT: Ask = { do: "logout" }
const SET: Ask = { do: "set", key: "a", value: "x" }

function tally(...story: readonly Told[]): Partial<Tally> {
  const visits = story.map(
    ([begin, end, ask, seen, given, sent], number): Visit => ({
      number,
      by: "browser",
      ask,
      begin,
      end,
      seen,
      status: 200,
      ...(given !== undefined && { given }),
      ...(sent !== undefined && { sent }),
    }),
  )
  const { lostUpdates, undoneLogouts, lostLogins } = tallyOf(visits)
  return { lostUpdates, undoneLogouts, lostLogins }
}

const NOTHING = { lostUpdates: 0, undoneLogouts: 0, lostLogins: 0 }

it("counts a change that is gone once", () => {
  const gone: Told[] = [
    [40, 50, READ, ada("one")],
    [60, 70, READ, ada("one")],
  ]
  expect(tally([0, 10, LOGIN, nobody("zero")], [20, 30, SET, ada("one")], ...gone)).toEqual({
    ...NOTHING,
    lostUpdates: 1,
  })
})

it("counts no change of a session in which somebody signed in or out meanwhile", () => {
  expect(tally([20, 30, SET, ada("one")], [35, 38, LOGIN, ada("one")], [40, 50, READ, ada("one")])).toEqual(
    NOTHING,
  )
})

it("counts no change that is seen", () => {
  expect(tally([20, 30, SET, ada("one")], [40, 50, READ, ada("one", { a: "x" })])).toEqual(NOTHING)
})

it("counts no change before it was acknowledged, though somebody saw it", () => {
  const seen: Told = [30, 40, READ, ada("one", { a: "x" })]
  expect(tally([20, 60, SET, ada("one")], seen, [45, 55, READ, ada("one")])).toEqual(NOTHING)
})

it("counts a logout after which the session is found", () => {
  expect(tally([20, 30, LOGOUT, ada("one")], [40, 50, READ, ada("one")])).toEqual({
    ...NOTHING,
    undoneLogouts: 1,
  })
  expect(tally([20, 30, LOGOUT, ada("one")], [25, 50, READ, ada("one")])).toEqual(NOTHING)
})

it("counts a login after which its browser is not signed in", () => {
  expect(tally([0, 10, LOGIN, nobody("one")], [20, 30, READ, nobody("two")])).toEqual({
    ...NOTHING,
    lostLogins: 1,
  })
})

it("counts a lost login that brought the only cookie", () => {
  expect(tally([0, 10, LOGIN, nobody("one"), "cookie of one"], [20, 30, READ, nobody("two")])).toEqual({
    ...NOTHING,
    lostLogins: 1,
  })
})

it("counts no login beside a logout of the same browser", () => {
  expect(
    tally([0, 10, LOGOUT, ada("zero")], [5, 15, LOGIN, nobody("one")], [20, 30, READ, nobody("two")]),
  ).toEqual(NOTHING)
})

it("counts no login of a browser that signed out, or was given another session beside it", () => {
  expect(
    tally([0, 10, LOGIN, nobody("one")], [12, 15, LOGOUT, ada("one")], [20, 30, READ, nobody("two")]),
  ).toEqual(NOTHING)
  expect(
    tally(
      [0, 10, LOGIN, nobody("one"), "cookie of one"],
      [5, 12, SET, nobody("two"), "cookie of two"],
      [20, 30, READ, nobody("three")],
    ),
  ).toEqual(NOTHING)
})

it("counts a login whose session another request took the place of, though it came with the same cookie", () => {
  const beside = (sent: string): Partial<Tally> =>
    tally(
      [0, 10, LOGIN, { ...ada("one"), user: null }, "cookie of two", "cookie of one"],
      [5, 12, SET, nobody("three"), "cookie of three", sent],
      [20, 30, READ, nobody("three")],
    )
  expect(beside("cookie of one")).toEqual({ ...NOTHING, lostLogins: 1 })
  expect(beside("an older cookie")).toEqual(NOTHING)
})
