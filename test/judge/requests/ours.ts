import type { Express } from "express"
import type { FastifyInstance } from "fastify"
import type { Hono } from "hono"
import type Koa from "koa"
import { session as onExpress } from "../../../src/adapters/express.ts"
import { session as onFastify } from "../../../src/adapters/fastify.ts"
import { session as onHono } from "../../../src/adapters/hono.ts"
import { session as onKoa } from "../../../src/adapters/koa.ts"
import { createSessions, type Sessions } from "../../../src/index.ts"
import { openStore } from "../../soak/store.ts"
import { type Pages, sharedClock } from "./pages.ts"
import type { Application, Mount } from "./sites.ts"
import type { SeenData } from "./visit.ts"

/** How our sessions are set up. */
export interface OurPlan {
  /** The store's URL; without one sessions are sealed in the cookie. */
  readonly url?: string
  /** In seconds. @default never */
  readonly renew?: number
  readonly grace?: number
}

/** Our sessions on any framework. */
export default async function ours({ url, renew, grace }: OurPlan): Promise<Mount> {
  const common = { cookie: { secure: false }, warn: () => {} }
  const sessions =
    url === undefined
      ? createSessions<Record<string, unknown>>({
          ...common,
          seal: ["a secret of at least 32 bytes, as everybody's"],
        })
      : createSessions<Record<string, unknown>>({
          ...common,
          store: await openStore(url),
          ...(renew !== undefined && { renew }),
          ...(grace !== undefined && { grace }),
        })
  return async (application) => {
    await mount(sessions, application)
    return pagesOf(sessions)
  }
}

async function mount(sessions: Sessions<object>, { framework, app }: Application): Promise<void> {
  switch (framework) {
    case "express":
      return void (app as Express).use(onExpress(sessions))
    case "fastify":
      return void (await (app as FastifyInstance).register(onFastify(sessions)))
    case "koa":
      return void (app as Koa).use(onKoa(sessions))
    case "hono":
      return void (app as Hono).use(onHono(sessions))
  }
}

function pagesOf(sessions: Sessions<Partial<Record<string, unknown>>>): Pages<object> {
  return {
    sight(request) {
      const { id, isNew, userId, data } = sessions.of(request)
      return { id, isNew, user: userId, data: data as SeenData }
    },
    set(request, key, value) {
      sessions.of(request).data[key] = value
    },
    async login(request, user, checkPassword) {
      const mark = await sessions.mark(user)
      const marked = sharedClock()
      await checkPassword()
      sessions.of(request).login(user, { mark })
      return marked
    },
    logout: (request) => sessions.of(request).logout(),
    async more(request, ask) {
      switch (ask.do) {
        case "add": {
          const steps = await sessions.of(request!).update((data) => {
            const made = [...((data.steps as string[] | undefined) ?? []), ask.value]
            data.steps = made
            return made
          })
          return { steps }
        }
        case "rotate":
          sessions.of(request!).rotate()
          return {}
        case "revoke":
          await sessions.revoke(ask.id)
          return {}
        case "revokeUser":
          await sessions.revokeUser(ask.user)
          return {}
        default:
          throw new TypeError(`There is no page for ${ask.do}`)
      }
    },
  }
}

/** The session that our cookie names. */
export function idInToken(cookies: string): string | undefined {
  return /^session=([0-9a-f]{32})\./.exec(cookies)?.[1]
}
