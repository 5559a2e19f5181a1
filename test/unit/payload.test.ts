import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { afterUse, firstCredentials, renewed, rotated } from "../../src/core/credentials.ts"
import { decodePayload, encodePayload, type SessionPayload, TOMBSTONE } from "../../src/core/payload.ts"

const NOW = 1_800_000_000_000
const [ONE, TWO, THREE] = ["1", "2", "3"].map((digit) => digit.repeat(43)) as [string, string, string]
const first = firstCredentials(ONE, true, NOW)
const opened = renewed(first, TWO, "sealed", NOW)
const noted = afterUse(opened, 60_000, NOW + 1)
const closed = afterUse(noted, 60_000, NOW + 60_001)
const left = { id: "0".repeat(32), generation: 2 }
const credentials = rotated({ ...opened, left }, THREE, NOW)
const whole = encodePayload({
  contents: { createdAt: 1, signedInAt: 2, expiry: new Date(0), text: '{"a":"é\\n"}' },
  credentials,
})

describe("the payload of a session", () => {
  it("gives its contents back, to the last digit", () => {
    const instant = fc.nat(4e12)
    const expiry = fc.oneof(
      fc.constant(null),
      fc.nat(),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((seconds) => seconds + 0),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(8e12) }),
    )
    const payload = fc.record({
      contents: fc.record({
        createdAt: instant,
        signedInAt: fc.option(instant),
        expiry,
        text: fc.dictionary(fc.string(), fc.jsonValue()).map((data) => JSON.stringify(data)),
      }),
      credentials: fc.constantFrom(
        first,
        opened,
        noted,
        closed,
        credentials,
        renewed(credentials, ONE, "sealed", NOW),
      ),
    })
    fc.assert(
      fc.property(payload, (session) => {
        expect(decodePayload(encodePayload(session as SessionPayload))).toEqual(session)
      }),
    )
  })

  it("is nothing when it is damaged, cut short or another's, and never an exception", () => {
    expect(decodePayload(whole)).toBeDefined()
    const mangled = fc
      .tuple(fc.nat(whole.length), fc.nat(whole.length), fc.string())
      .map(([a, b, noise]) => whole.slice(0, a) + noise + whole.slice(b))
    fc.assert(
      fc.property(fc.oneof(fc.string(), mangled), (payload) => void decodePayload(payload)),
      { numRuns: 3000 },
    )
    for (let length = 0; length < whole.length; length++)
      expect(decodePayload(whole.slice(0, length)), `${length} characters of it`).toBe(undefined)
    expect(decodePayload(`${whole} `)).toBe(undefined)
  })

  // The places of the line: version, createdAt, signedInAt, expiry, length; proof, generation, madeAt; presentedAt, the superseded
  // proof, its forward, what was cut, the session that was left.
  it.each<[string, { [place: number]: unknown; length?: number }]>([
    ["another version", { 0: 2 }],
    ["an instant that is none", { 1: "1" }],
    ["an instant that no date can hold", { 1: 1e99 }],
    ["a login at no instant", { 2: true }],
    ["an expiry that is no instant", { 3: "x1970" }],
    ["an expiry that is no expiry", { 3: {} }],
    ["an expiry below 0", { 3: -1 }],
    ["another length", { 4: 12 }],
    ["no proof", { 5: 3 }],
    ["half a proof", { 5: THREE.slice(1) }],
    ["half a generation", { 6: 1.5 }],
    ["a secret made at no instant", { 7: null }],
    ["a secret presented at no instant", { 8: "1" }],
    ["a superseded proof that is none", { 9: 7 }],
    ["a forward that is none", { 9: ONE, 10: 7 }],
    ["a forward of nothing", { 10: "sealed" }],
    ["no list of what was cut", { 11: { 0: [] } }],
    ["nothing in it", { 11: [null] }],
    ["a cut of no proof", { 11: [[1, NOW]] }],
    ["a cut at no instant", { 11: [["one", "1"]] }],
    ["a session left that is none", { 12: "0" }],
    ["half a session left", { 12: ["0".repeat(32)] }],
    ["no credentials", { length: 5 }],
    ["half of its credentials", { length: 7 }],
  ])("is nothing with %s", (_what, damage) => {
    const [line, data] = whole.split("\n")
    const values = JSON.parse(line!)
    expect(decodePayload(`${JSON.stringify(values)}\n${data}`)).toBeDefined()
    Object.assign(values, damage)
    expect(decodePayload(`${JSON.stringify(values)}\n${data}`)).toBe(undefined)
  })

  it.each(["null", "{}", "7", '"text"', "[]", ""])("is nothing with the line %s", (line) => {
    expect(decodePayload(`${line}\n{}`)).toBe(undefined)
  })

  it("is nothing where it has ended, or where a store gives no text", () => {
    for (const payload of [TOMBSTONE, null, 7, [1], Buffer.from(whole), { payload: whole }])
      expect(decodePayload(payload)).toBe(undefined)
  })
})
