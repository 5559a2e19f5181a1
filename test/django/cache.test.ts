import { Redis } from "ioredis"
import { createClient } from "redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byteCache } from "../../src/django/cache-client.ts"
import { cacheStore } from "../../src/django/cache-store.ts"
import { type CacheClient, djangoSessions } from "../../src/django/index.ts"
import { memcachedClient } from "../../src/stores/memcached/client.ts"
import { describeStore } from "../services/service.ts"
import { browser } from "./client.ts"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

/** A cache's server, as Django and as this side connect to it. */
interface Cache {
  readonly django: (url: string) => Readonly<Record<string, unknown>>
  readonly connect: (url: string) => Promise<{ client: CacheClient; close: () => Promise<unknown> }>
}

const django = (url: string) => ({ BACKEND: "django_redis.cache.RedisCache", LOCATION: `${url}/1` })

const CACHES: Readonly<Record<"redis" | "ioredis" | "memcached", Cache>> = {
  redis: {
    django,
    async connect(url) {
      const client = await createClient({ url: `${url}/1` }).connect()
      return { client, close: async () => client.close() }
    },
  },
  ioredis: {
    django,
    async connect(url) {
      const client = new Redis(`${url}/1`)
      return { client, close: () => client.quit() }
    },
  },
  memcached: {
    django: (url) => ({
      BACKEND: "django.core.cache.backends.memcached.PyMemcacheCache",
      LOCATION: url.replace("memcached://", ""),
    }),
    async connect(url) {
      const client = memcachedClient(url)
      return { client, close: client.close }
    },
  },
}

for (const name of ["redis", "ioredis", "memcached"] as const)
  describeStore(name, (urls) => {
    const url = urls[name === "ioredis" ? "redis" : name]
    const { django, connect } = CACHES[name]

    describe.each(["cache", "cached_db"] as const)("Django's engine %s", (engine) => {
      let opened: OpenSite
      let cache: Awaited<ReturnType<typeof connect>>

      beforeAll(async () => {
        opened = await openSite(() => ({
          engine,
          cache: { ...django(url), KEY_PREFIX: engine, VERSION: 3 },
        }))
        cache = await connect(url)
      })
      afterAll(async () => {
        await cache.close()
        await opened.close()
      })

      const options = () =>
        ({
          engine,
          database: opened.database,
          cache: cache.client,
          keyPrefix: engine,
          keyVersion: 3,
          secretKey: SECRET,
        }) as const
      sharingLaws(() => ({ site: opened.site, options: options() }))

      if (engine === "cache")
        it("is a store that compares versions: creates over nothing, and moves no deadline set since", async () => {
          const store = cacheStore(byteCache(cache.client), (id) => `moved:${id}`)
          const record = { id: "moved", userId: null, payload: "one", expiresAt: Date.now() + 60_000 }
          await store.delete(record.id)
          const first = await store.create(record)
          expect(await store.create({ ...record, payload: "over it" })).toBeUndefined()
          expect((await store.read(record.id))!.record.payload).toBe("one")
          const second = await store.replace({ ...record, payload: "two" }, first!)
          expect(await store.touch(record.id, Date.now() + 600_000, first!)).toBe(false)
          expect((await store.read(record.id))!.record.expiresAt).toBeLessThan(Date.now() + 100_000)
          expect(await store.touch(record.id, Date.now() + 600_000, second!)).toBe(true)
          expect((await store.read(record.id))!.record.expiresAt).toBeGreaterThan(Date.now() + 500_000)
        })

      if (engine === "cache")
        it("leaves tuples, bytes and int keys as they are, which only a pickle can hold", async (context) => {
          if (!opened.site) return context.skip()
          const visitor = browser(opened.site.url, djangoSessions(options()))
          await visitor.django("python_only")
          await visitor.node(({ data }) => Object.assign(data, { a: 1 }))
          expect(await visitor.django("is_python_only")).toMatchObject({ kept: true })
        })
    })
  })
