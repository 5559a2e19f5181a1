import type { Sessions } from "../../src/index.ts"

/** Somebody with a browser who counts clicks, and remembers what the site said it kept. */
export interface Visitor {
  /**
   * Clicks once. Rejects when the site can't keep it, and then nobody knows whether it did; or, with no
   * `SessionError`, when the site has lost what it had acknowledged.
   */
  click(): Promise<void>
  /** What the site has kept, as a new request sees it. */
  count(): Promise<number>
}

export type Counted = { n?: number }

/** A visitor without a session yet. */
export function newVisitor(sessions: Sessions<Counted>): Visitor {
  let cookie = ""
  let acknowledged = 0
  return {
    async click() {
      const session = await sessions.open({ cookie }).load()
      const before = session.data.n ?? 0
      if (before < acknowledged)
        throw new Error(`The site kept ${acknowledged} clicks and now says ${before}`)
      const n = before + 1
      session.data.n = n
      const { headers } = await sessions.commit(session)
      const set = headers.find(([name]) => name === "set-cookie")
      if (set) cookie = set[1].split(";", 1)[0] ?? ""
      acknowledged = n
    },
    count: async () => (await sessions.open({ cookie }).load()).data.n ?? 0,
  }
}

/** A visitor who does not stop clicking, and what became of it. */
export interface Clicking {
  /** Resolves after this many more acknowledged clicks. */
  clicks(more: number): Promise<void>
  /** Resolves at the next click that fails. */
  failure(): Promise<void>
  /** Stops and gives every error and how long the slowest click took, in milliseconds. */
  stop(): Promise<{ errors: readonly unknown[]; slowest: number }>
}

export function keepClicking(visitor: Visitor): Clicking {
  const errors: unknown[] = []
  const waiting = new Set<() => void>()
  let done = 0
  let slowest = 0
  let isStopped = false

  async function run(): Promise<void> {
    while (!isStopped) {
      const start = performance.now()
      try {
        await visitor.click()
        done++
      } catch (error) {
        errors.push(error)
        isStopped ||= (error as { code?: unknown }).code === undefined // a defect: there is no more to see
        await new Promise((resolve) => setTimeout(resolve, 20)) // as a person would take a breath
      }
      slowest = Math.max(slowest, performance.now() - start)
      for (const look of waiting) look()
    }
  }

  function until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isStopped && !isSo()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  }

  const running = run()
  return {
    clicks(more) {
      const goal = done + more
      return until(() => done >= goal)
    },
    failure() {
      const before = errors.length
      return until(() => errors.length > before)
    },
    async stop() {
      isStopped = true
      await running
      return { errors, slowest }
    },
  }
}
