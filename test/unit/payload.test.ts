import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { firstCredentials, renewed, rotated } from "../../src/core/credentials.ts"
import {
  decodePayload,
  encodePayload,
  endedUntil,
  type SessionPayload,
  tombstone,
} from "../../src/core/payload.ts"

const NOW = 1_800_000_000_000
const credentials = rotated(renewed(firstCredentials("one", true, NOW), "two", "sealed", NOW), "three", NOW)
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
      credentials: fc.constantFrom(credentials, firstCredentials("one", false, NOW)),
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

  it.each<[string, string, string]>([
    ["another version", '"v":1', '"v":2'],
    ["an instant that is none", '"createdAt":1', '"createdAt":"1"'],
    ["an instant that no date can hold", '"createdAt":1', '"createdAt":1e99'],
    ["a login at no instant", '"signedInAt":2', '"signedInAt":true'],
    ["an expiry that is no instant", '"expiry":"1970', '"expiry":"x1970'],
    ["an expiry below 0", '"expiry":"1970-01-01T00:00:00.000Z"', '"expiry":-1'],
    ["no proof", '"proof":"three"', '"proof":3'],
    ["half a generation", '"generation":1', '"generation":1.5'],
    ["no list of what was cut", '"cut":[', '"cut":{"0":['],
    ["nothing in it", '"cut":[{', '"cut":[null,{'],
    ["no credentials", '"credentials":', '"Credentials":'],
    ["credentials that are none", '"credentials":{', '"credentials":null,"x":{'],
  ])("is nothing with %s", (_what, from, to) => {
    expect(whole).toContain(from)
    expect(decodePayload(whole.replace(from, to))).toBe(undefined)
  })

  it("that has ended says until when that counts, and is no session", () => {
    expect(endedUntil(tombstone(NOW))).toBe(NOW)
    expect(decodePayload(tombstone(NOW))).toBe(undefined)
    expect(endedUntil(whole)).toBe(undefined)
  })
})
