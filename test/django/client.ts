import type { Session, SessionData, Sessions } from "../../src/index.ts"

/** A visitor's browser: one cookie, taken along to Django and to this side. */
export interface Browser {
  cookie: string | undefined
  /** The last Set-Cookie, whole. */
  setCookie: string | undefined
  /** Asks the Django site; gives the JSON of its answer. */
  django(path: string, query?: Record<string, string>): Promise<SiteView>
  /** Serves a request on this side; gives what the handler returned. */
  node<Result>(handler: (session: Session) => Result | Promise<Result>): Promise<Result>
}

/** What the site's views answer. */
export interface SiteView {
  readonly status: number
  readonly text: string
  readonly user?: number | null
  readonly key?: string | null
  readonly data?: SessionData
  readonly age?: number
  readonly browser?: boolean
  readonly kept?: boolean
  readonly value?: number
  readonly id?: number
  readonly password?: string
}

export function browser(site: string, sessions: Sessions): Browser {
  const keep = (line: string | null): void => {
    if (line === null) return
    const [, name, value] = /^([^=]+)=("?[^;]*)/.exec(line)!
    self.setCookie = line
    self.cookie = value === "" || value === '""' ? undefined : `${name}=${value}`
  }
  const self: Browser = {
    cookie: undefined,
    setCookie: undefined,

    async django(path, query = {}) {
      const headers: Record<string, string> = self.cookie ? { cookie: self.cookie } : {}
      const response = await fetch(`${site}/${path}?${new URLSearchParams(query)}`, { headers })
      keep(response.headers.get("set-cookie"))
      const text = await response.text()
      return {
        status: response.status,
        text,
        ...(text.startsWith("{") ? JSON.parse(text.replaceAll(": NaN", ": null")) : {}),
      }
    },

    async node(handler) {
      const session = await sessions.open({ cookie: self.cookie }).load()
      const result = await handler(session)
      const { headers } = await sessions.commit(session)
      for (const [name, value] of headers) if (name === "set-cookie") keep(value)
      return result
    },
  }
  return self
}
