import { afterEach, describe, expect, it, vi } from "vitest"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { onServerClock, serverClock } from "../../src/stores/server-clock.ts"

const MINUTES = 60_000

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A clock of a server that is ahead by `by` milliseconds, with the number of times it was asked. */
function ahead(by: number, answer: () => number | undefined = () => Date.now() + by) {
  const asked = vi.fn(async () => answer())
  return { clock: serverClock(asked), asked }
}

describe("a server's clock", () => {
  it("is asked once, before the first answer", async () => {
    const { clock, asked } = ahead(10 * MINUTES)
    expect(await Promise.all([clock.ahead(), clock.ahead()])).toEqual([10 * MINUTES, 10 * MINUTES])
    expect(clock.ahead()).toBe(10 * MINUTES)
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it.each([-1900, 0, 1900])("is as good as ours %d ms away", async (by) => {
    expect(await ahead(by).clock.ahead()).toBe(0)
  })

  /** A clock whose first answer takes so many seconds to arrive, on its way back. */
  async function slow(by: number, seconds: number): Promise<ReturnType<typeof ahead>> {
    let late = 0
    vi.spyOn(performance, "now").mockImplementation(() => late)
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] })
    const made = ahead(by)
    const asking = made.clock.ahead()
    late = seconds * 1000
    vi.setSystemTime(Date.now() + late)
    await asking
    return made
  }

  it("is as good as ours where its first answer took so long that it may be", async () => {
    expect((await slow(0, 9)).clock.ahead()).toBe(0)
    expect((await slow(10 * MINUTES, 9)).clock.ahead()).not.toBe(0)
  })

  it("is asked again soon after an answer that took long", async () => {
    const { clock, asked } = await slow(10 * MINUTES, 9)
    const later = performance.now() + 6000
    vi.spyOn(performance, "now").mockImplementation(() => later)
    vi.setSystemTime(Date.now() + 6000)
    clock.ahead()
    expect(asked).toHaveBeenCalledTimes(2)
    await vi.waitFor(() => expect(clock.ahead()).toBe(10 * MINUTES))
  })

  it("is told in whole seconds, so that an instant that was written reads as the same one", async () => {
    expect(await ahead(-5432).clock.ahead()).toBe(-5000)
  })

  it("stays right when this machine's clock is set", async () => {
    const { clock } = ahead(0)
    expect(await clock.ahead()).toBe(0)
    vi.useFakeTimers({ now: Date.now() + 10 * MINUTES, toFake: ["Date"] })
    expect(clock.ahead()).toBe(-10 * MINUTES)
  })

  it("is asked again after a minute, while answers go on", async () => {
    let by = 0
    const { clock, asked } = ahead(0, () => Date.now() + by)
    await clock.ahead()
    by = 10 * MINUTES
    const later = performance.now() + MINUTES + 1
    vi.spyOn(performance, "now").mockImplementation(() => later)
    vi.useFakeTimers({ now: Date.now() + MINUTES + 1, toFake: ["Date"] })
    expect(clock.ahead()).toBe(0)
    await vi.waitFor(() => expect(clock.ahead()).toBe(10 * MINUTES))
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it("keeps its last answer while the server does not answer", async () => {
    let fails = false
    const { clock } = ahead(0, () => {
      if (fails) throw new Error("away")
      return Date.now() + 10 * MINUTES
    })
    await clock.ahead()
    fails = true
    const later = performance.now() + MINUTES + 1
    vi.spyOn(performance, "now").mockImplementation(() => later)
    vi.useFakeTimers({ now: Date.now() + MINUTES + 1, toFake: ["Date"] })
    expect(clock.ahead()).toBe(10 * MINUTES)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(clock.ahead()).toBe(10 * MINUTES)
  })

  it("rejects as the first question does, and asks again at the next call", async () => {
    let fails = true
    const { clock } = ahead(0, () => {
      if (fails) throw new Error("away")
      return Date.now() + 10 * MINUTES
    })
    await expect(clock.ahead()).rejects.toThrow("away")
    fails = false
    expect(await clock.ahead()).toBe(10 * MINUTES)
  })

  it("is asked again where it was silent for long, so that one lost question does not stop all calls", async () => {
    let isSilent = true
    const asked = vi.fn(() =>
      isSilent ? new Promise<number>(() => {}) : Promise.resolve(Date.now() + 10 * MINUTES),
    )
    const clock = serverClock(asked)
    void clock.ahead()
    isSilent = false
    void clock.ahead()
    expect(asked).toHaveBeenCalledTimes(1)
    const later = performance.now() + 5001
    vi.spyOn(performance, "now").mockImplementation(() => later)
    vi.useFakeTimers({ now: Date.now() + 5001, toFake: ["Date"] })
    expect(await clock.ahead()).toBe(10 * MINUTES)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it("is never asked again where the server does not tell its time", async () => {
    const { clock, asked } = ahead(0, () => undefined)
    expect(await clock.ahead()).toBe(0)
    expect(clock.ahead()).toBe(0)
    expect(asked).toHaveBeenCalledTimes(1)
  })
})

describe("a store on its server's clock", () => {
  const id = "a".repeat(32)

  it.each([10 * MINUTES, -10 * MINUTES])("translates deadlines both ways, %d ms away", async (by) => {
    const inner = memoryStore()
    const store = onServerClock(inner, ahead(by).clock)
    const record = { id, userId: "ada", payload: "x", expiresAt: Date.now() + 30 * MINUTES }
    const version = await store.create(record)
    expect((await inner.read(id))?.record.expiresAt).toBe(record.expiresAt + by)
    expect((await store.read(id))?.record).toEqual(record)
    expect(await store.listByUser("ada")).toEqual([record])
    const later = record.expiresAt + 5 * MINUTES
    expect(await store.touch(id, later, version!)).toBe(true)
    expect((await store.read(id))?.record.expiresAt).toBe(later)
    expect(await store.replace({ ...record, payload: "y" }, version!)).toBeDefined()
    expect((await inner.read(id))?.record).toEqual({
      ...record,
      payload: "y",
      expiresAt: record.expiresAt + by,
    })
    expect(await store.delete(id)).toBe(true)
  })

  it("rejects a call whose question about the time failed, and leaves no rejection without a handler", async () => {
    const { clock } = ahead(0, () => {
      throw new Error("away")
    })
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    const others = process.listeners("unhandledRejection")
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", note)
    try {
      const store = onServerClock(memoryStore(), clock)
      await expect(store.read(id)).rejects.toThrow("away")
      await expect(store.delete(id)).rejects.toThrow("away")
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
    } finally {
      process.removeAllListeners("unhandledRejection")
      for (const other of others) process.on("unhandledRejection", other)
    }
  })

  it("gives machines whose clocks differ the same deadline", async () => {
    const inner = memoryStore()
    const here = onServerClock(inner, ahead(0).clock)
    // Its own clock is ten minutes ahead, so that the server's is ten minutes behind.
    const there = onServerClock(inner, ahead(-10 * MINUTES).clock)
    const left = 5 * MINUTES
    await here.create({ id, userId: null, payload: "x", expiresAt: Date.now() + left })
    const seen = await there.read(id)
    const leftThere = seen!.record.expiresAt - (Date.now() + 10 * MINUTES)
    expect(Math.abs(leftThere - left)).toBeLessThan(1000)
  })
})
