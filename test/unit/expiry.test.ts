import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  cookieMaxAge,
  deadline,
  deadlineOfChange,
  type Expiry,
  endsWithBrowser,
  expiryAge,
  isTouchDue,
} from "../../src/core/expiry.ts"

const limits = { idle: 1000, absolute: 5000, expireAtBrowserClose: false }
const NOW = Date.UTC(2030, 0, 1)
const at = (seconds: number): Date => new Date(NOW + seconds * 1000)

describe("the deadline", () => {
  it.each<[string, Expiry, number]>([
    ["follows the idle time without an expiry of its own", null, 1000],
    ["follows the idle time when the cookie ends with the browser", 0, 1000],
    ["is so many seconds away", 300, 300],
    ["may be longer than the idle time", 3000, 3000],
    ["never passes the absolute limit", 9000, 5000],
    ["is the instant chosen", at(70), 70],
    ["is the absolute limit, for a later instant", at(9000), 5000],
    ["may lie in the past", at(-5), -5],
  ])("%s", (_law, expiry, seconds) => {
    expect(deadline(expiry, NOW, NOW, limits)).toBe(NOW + seconds * 1000)
  })

  it("never passes the absolute limit, whatever is done when", () => {
    const expiry = fc.oneof(fc.constant(null), fc.nat(1e9), fc.date({ noInvalidDate: true }))
    fc.assert(
      fc.property(expiry, fc.nat(1e9), (chosen, later) => {
        expect(deadline(chosen, NOW, NOW + later, limits)).toBeLessThanOrEqual(NOW + 5_000_000)
      }),
    )
  })
})

describe("the expiry age is Django's", () => {
  it.each<[string, Expiry, number, number]>([
    ["the idle time without an expiry", null, 0, 1000],
    ["the idle time for 0", 0, 0, 1000],
    ["a number as it is", 300, 0, 300],
    ["a number as it is, whenever the session was modified", 300, 100, 300],
    ["a fraction as it is", 0.5, 0, 0.5],
    ["whole seconds to an instant, rounded down", new Date(NOW + 999), 0, 0],
    ["rounded down below zero too", new Date(NOW - 500), 0, -1],
    ["counted from the modification", at(100), 40, 60],
    ["no more than the absolute limit leaves", 9000, 0, 5000],
    ["no more than the absolute limit leaves by then", null, 4500, 500],
  ])("%s", (_law, expiry, modified, age) => {
    expect(expiryAge(expiry, NOW, NOW + modified * 1000, limits)).toBe(age)
  })
})

describe("a touch", () => {
  const due = (elapsed: number, expiry: Expiry = null, created = 0): boolean =>
    isTouchDue(
      expiry,
      NOW + created * 1000,
      deadline(expiry, NOW + created * 1000, NOW, limits),
      NOW + elapsed * 1000,
      limits,
    )

  it("is due at most once per tenth of the idle time", () => {
    expect(due(0)).toBe(false)
    expect(due(99)).toBe(false)
    expect(due(100)).toBe(true)
  })

  it("is due once per tenth of the session's own seconds", () => {
    expect(due(29, 300)).toBe(false)
    expect(due(30, 300)).toBe(true)
  })

  it("is due when the deadline lies further off than any use could have put it", () => {
    const beyond = (seconds: number): number => NOW + (limits.idle + seconds) * 1000
    expect(isTouchDue(null, NOW, beyond(99), NOW, limits)).toBe(false)
    expect(isTouchDue(null, NOW, beyond(100), NOW, limits)).toBe(true)
  })

  it("is never due for an instant", () => {
    expect(due(900, at(1000))).toBe(false)
  })

  it("is due once more to reach the absolute limit, and then never", () => {
    expect(due(1, null, -4000.5)).toBe(false)
    expect(due(1, null, -3999.5)).toBe(true)
    expect(due(500, null, -4001)).toBe(false)
  })
})

describe("the deadline of a change", () => {
  const changed = (elapsed: number, expiry: Expiry = null, created = 0, expiresAt?: number): number => {
    const createdAt = NOW + created * 1000
    const before = expiresAt ?? deadline(expiry, createdAt, NOW, limits)
    return (deadlineOfChange(expiry, createdAt, before, NOW + elapsed * 1000, limits) - NOW) / 1000
  }

  it("is that from before until moving it is due", () => {
    expect(changed(99)).toBe(1000)
    expect(changed(100)).toBe(1100)
    expect(changed(29, 300)).toBe(300)
    expect(changed(30, 300)).toBe(330)
  })

  it("is the instant chosen, wherever it was before", () => {
    expect(changed(10, at(70), 0, NOW + 60_000)).toBe(70)
    expect(changed(10, at(70), 0, NOW + 80_000)).toBe(70)
  })

  it("is never later than a use at the time could put it", () => {
    expect(changed(0, null, 0, NOW + 1_050_000)).toBe(1000)
    expect(changed(900, null, -4500, NOW + 505_000)).toBe(500)
  })
})

describe("the cookie", () => {
  it.each<[string, Expiry, boolean, number | undefined]>([
    ["lives until the absolute limit", null, false, 5000],
    ["lives until the absolute limit also with sliding seconds", 300, false, 5000],
    ["lives until the instant", at(70), false, 70],
    ["ends with the browser for 0", 0, false, undefined],
    ["ends with the browser when the settings say so", null, true, undefined],
    ["does not when the session says otherwise", 300, true, 5000],
    ["is over for an instant in the past", at(-5), false, 0],
  ])("%s", (_law, expiry, expireAtBrowserClose, maxAge) => {
    expect(cookieMaxAge(expiry, NOW, NOW, { ...limits, expireAtBrowserClose })).toBe(maxAge)
    expect(endsWithBrowser(expiry, expireAtBrowserClose)).toBe(maxAge === undefined)
  })
})
