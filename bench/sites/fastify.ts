import type { Server } from "node:http"
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify"
import { session } from "../../src/adapters/fastify.ts"
import { basketOf } from "../requests/work.ts"
import { openRaw, openSessions } from "./backend.ts"
import type { Pages, Plan } from "./site.ts"

type Query = { n?: string; user?: string; bytes?: string }

/** A site on Fastify 5. */
export default async function site(plan: Plan): Promise<Server> {
  const app = fastify()
  const pages = await pagesOf(plan, app)
  app.get("/plain", async () => ({ ok: true }))
  if (pages) {
    app.get("/read", async (request, reply) => ({ user: pages.user(request, reply) }))
    app.get("/visitor", async (request, reply) => ({ user: pages.user(request, reply) }))
    app.get("/write", async (request, reply) => ({ views: await pages.add(request, reply, "views") }))
    app.get("/mark", async (request, reply) => ({
      views: await pages.add(request, reply, `mark${(request.query as Query).n}`),
    }))
    app.get("/login", async (request, reply) => {
      const { user = "", bytes } = request.query as Query
      await pages.login(request, reply, user, basketOf(Number(bytes)))
      return { user }
    })
  } else await addBarePages(plan, app)
  await app.listen({ port: 0, host: "127.0.0.1" })
  return app.server
}

async function addBarePages({ store, address }: Plan, app: FastifyInstance): Promise<void> {
  const raw = await openRaw(store, address)
  const write = async (): Promise<object> => {
    await raw.read()
    await raw.write(JSON.stringify({ user: "ada", views: 1 }))
    return { views: 1 }
  }
  app.get("/visitor", async () => ({ user: null }))
  app.get("/read", async () => {
    await raw.read()
    return { user: "ada" }
  })
  app.get("/write", write)
  app.get("/mark", write)
  app.get("/login", async (request) => {
    const basket = basketOf(Number((request.query as Query).bytes))
    await raw.write(JSON.stringify({ user: "ada", views: 1, basket }))
    return { user: "ada" }
  })
}

async function pagesOf(
  plan: Plan,
  app: FastifyInstance,
): Promise<Pages<FastifyRequest, FastifyReply> | undefined> {
  switch (plan.library) {
    case "bare":
      return undefined
    case "holdfast":
      await app.register(session(await openSessions(plan), { lazy: plan.isLazy }))
      return {
        user: (request) => request.session.userId,
        add: (request, _reply, key) => {
          const { data } = request.session
          data[key] = Number(data[key] ?? 0) + 1
          return data[key]
        },
        login: (request, _reply, user, basket) => {
          request.session.login(user)
          request.session.data.basket = basket
        },
      }
    default:
      return (await import("../peers/fastify.js" as string)).default(plan, app)
  }
}
