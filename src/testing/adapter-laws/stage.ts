import { randomBytes } from "node:crypto"
import { createSessions, type Session, type Sessions, type Store, type UserIndex } from "../../index.ts"
import type { OpenedStore } from "../store-laws/stage.ts"

/** What the laws' handlers keep. */
export type LawData = Record<string, unknown>

/** A handler in no framework's terms: the session in, what to respond out. */
export type LawHandler = (
  session: Session<LawData>,
  request: { readonly path: string; readonly query: URLSearchParams },
) => LawResponse | Promise<LawResponse>

/** What a handler responds, to be sent by the framework's own means. */
export interface LawResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Serves the handler over HTTP, for every method and path, through the adapter under test. */
export type Serve = (
  sessions: Sessions<LawData>,
  handler: LawHandler,
  options: { readonly lazy: boolean },
) => Promise<{ readonly url: string; readonly close: () => Promise<unknown> }>

/** Where the sessions of the laws live: in a store of their own each, or sealed in the cookie. */
export type LawEngine =
  | { readonly open: () => Promise<OpenedStore> }
  | { readonly seal: readonly [string, ...string[]] }

/** Says a law, on a stage of its own. */
export type SayLaw = (sentence: string, check: (stage: Stage) => Promise<void>) => void

/** How laws are said. */
export interface Laws {
  readonly law: SayLaw
  /** A law that a session sealed in its cookie can't keep: its copies live on, and its writers never meet. */
  readonly storedLaw: SayLaw
}

export interface Stage {
  /** Whether the sessions are in a store, so that those below mean something. */
  readonly isStored: boolean
  /** Serves the handler and gives a browser that keeps our cookie. */
  play(handler: LawHandler, options?: { lazy?: boolean }): Promise<Visit>
  /** The names of the store's methods, in the order they were called. */
  readonly calls: string[]
  /** Makes these methods of the store throw; none, and all work again. */
  fail(...methods: (keyof Store)[]): void
  /** Makes the next call of the method wait. */
  hold(method: keyof Store): { readonly reached: Promise<void>; release(): void }
  close(): Promise<void>
}

export interface Visit {
  (path: string, options?: { cookie?: string; method?: string }): Promise<Visited>
  /** The `Cookie` header that a browser would send. */
  cookie(): string
}

export interface Visited {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export async function setStage(serve: Serve, engine: LawEngine): Promise<Stage> {
  const opened = "open" in engine ? await engine.open() : undefined
  const calls: string[] = []
  const failing = new Set<string>()
  const held = new Map<string, ReturnType<typeof latch>>()
  const closers: (() => Promise<unknown>)[] = []

  const watch =
    <Args extends unknown[], Answer>(name: string, method: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      calls.push(name)
      const latched = held.get(name)
      held.delete(name)
      latched?.reach()
      await latched?.open
      if (failing.has(name)) throw new Error("the backend is down, its password is hunter2")
      return method(...args)
    }
  const watchStore = (inner: Store & Partial<UserIndex>): Store => ({
    ...inner,
    read: watch("read", inner.read),
    create: watch("create", inner.create),
    replace: watch("replace", inner.replace),
    touch: watch("touch", inner.touch),
    delete: watch("delete", inner.delete),
  })
  const where = "open" in engine ? { store: watchStore(opened!.store) } : engine

  return {
    isStored: "open" in engine,
    calls,
    fail(...methods) {
      failing.clear()
      for (const method of methods) failing.add(method)
    },
    hold(method) {
      const latched = latch()
      held.set(method, latched)
      return latched
    },
    async play(handler, { lazy = false } = {}) {
      const sessions = createSessions<LawData>({ ...where, warn: () => {} })
      const { url, close } = await serve(sessions, handler, { lazy })
      closers.push(close)
      return browser(url)
    },
    async close() {
      for (const close of closers) await close()
      await opened?.close?.()
    },
  }
}

export function browser(url: string): Visit {
  let jar = ""
  const visit = async (
    path: string,
    { cookie = jar, method = "GET" }: { cookie?: string; method?: string } = {},
  ): Promise<Visited> => {
    const headers: Record<string, string> = cookie === "" ? {} : { cookie }
    const response = await fetch(new URL(path, url), { method, headers, redirect: "manual" })
    for (const line of response.headers.getSetCookie())
      if (line.startsWith("__Host-session="))
        jar = line.startsWith("__Host-session=;") ? "" : line.split(";")[0]!
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  return Object.assign(visit, { cookie: () => jar })
}

/** Two promises that stage a race: one side reaches the latch and waits, the other one releases it. */
export function latch(): {
  reached: Promise<void>
  reach: () => void
  open: Promise<void>
  release: () => void
} {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return { reached: reached.promise, reach: reached.resolve, open: opened.promise, release: opened.resolve }
}

/** A token that was never issued. */
export function randomToken(): string {
  return `${randomBytes(16).toString("hex")}.${randomBytes(32).toString("base64url")}`
}
