import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { addressOf } from "../../src/stores/url/address.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"

describe("a store URL", () => {
  it.each([
    [
      "postgres://u:p%40w@db:1/shop?table=a.b&sslmode=require",
      "postgres://u:p%40w@db:1/shop?sslmode=require",
    ],
    ["postgresql://db/shop", "postgres://db/shop"],
    ["postgres:///shop?host=/var/run/postgresql", "postgres:///shop?host=/var/run/postgresql"],
    ["mariadb://u@db/shop?table=t", "mysql://u@db/shop"],
    ["redis://:p@[::1]/3?prefix=x%3A", "redis://:p@[::1]/3"],
    ["sqlite:./a%20b.db?table=t", "./a b.db"],
    ["sqlite:///srv/a.db", "/srv/a.db"],
    ["file:./sessions", "./sessions"],
    ["memory:", ""],
  ])("%s gives the client %s", (url, address) => {
    expect(addressOf(url).url).toBe(address)
  })

  it("keeps its own parameters from the client", () => {
    expect(addressOf("redis://db?prefix=shop%3A").options).toEqual({ prefix: "shop:" })
    expect(addressOf("mysql://db/shop?table=visits").options).toEqual({ table: "visits" })
  })

  it("is encrypted where its scheme says so, and the client is told", () => {
    for (const kind of ["", "+cluster", "+sentinel"]) {
      const path = kind === "+sentinel" ? "/main" : ""
      for (const scheme of ["redis", "rediss"]) {
        const { isEncrypted, url } = addressOf(`${scheme}${kind}://db${path}`)
        expect([kind, isEncrypted, url]).toEqual([kind, scheme === "rediss", `${scheme}://db${path}`])
      }
    }
  })

  it("names several hosts, with the usual port where none is given", () => {
    const { hosts, path, password } = addressOf("redis+sentinel://u:p%3F@one,[::1]:7/main")
    expect({ hosts, path, password }).toEqual({
      hosts: [
        { host: "one", port: 26_379 },
        { host: "::1", port: 7 },
      ],
      path: "main",
      password: "p?",
    })
  })

  it.each([
    ["hunter2", "A store URL begins with"],
    ["hunter2://host", "A store URL begins with"],
    ["__proto__:hunter2", "A store URL begins with"],
    ["constructor://hunter2", "A store URL begins with"],
    ["postgres://u:hunter2#@db/shop", 'has no "#"'],
    ["postgres://u:hunt@er2@db/shop", "percent-encoded"],
    ["postgres://u:hunt/er2@db/shop", "percent-encoded"],
    ["postgres://u:hunter2%@db/shop", "percent sign as %25"],
    ["postgres://u:hunter2@one,two/shop", "reads postgres:"],
    ["mysql://u:hunter2@db:99999/shop", "reads mysql:"],
    ["mysql:u:hunter2@db/shop", "reads mysql:"],
    ["redis://u:hunter2@db?table=t", 'only the parameter "prefix"'],
    ["postgres://u:hunter2@db/shop?prefix=t", 'only the parameters "table" and "prepare"'],
    ["redis+sentinel://u:hunter2@db", "/master"],
    ["memcached://u:hunter2@db", "reads memcached://host:port"],
    ["memcached://db/hunter2", "reads memcached://host:port"],
    ["sqlite://hunter2", "sqlite:./file.db"],
    ["sqlite:", "sqlite:./file.db"],
    ["file:./sessions?prefix=hunter2", "no parameters"],
    ["memory:hunter2", "reads memory:"],
    [undefined as unknown as string, "A store URL begins with"],
  ])("%s is refused by its rule and without showing more", async (url, rule) => {
    const error: Error = await storeFromUrl(url).then(
      () => expect.unreachable(),
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(rule)
    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toMatch(/hunt|er2/)
  })

  it("hides the password in its label and knows it as a secret, as written and as meant", () => {
    const { label, secrets } = addressOf("mysql://u:a%40b@db:1/shop?table=t&password=c=d")
    expect(label).toBe("mysql://u@db:1/shop")
    expect(secrets).toEqual(expect.arrayContaining(["a%40b", "a@b", "c=d"]))
  })
})

describe("a store from a URL", () => {
  it("keeps sessions in memory", async () => {
    const store = await storeFromUrl("memory:")
    const record = { id: "a".repeat(64), userId: "ada", payload: "x", expiresAt: Date.now() + 60_000 }
    await store.create(record)
    expect((await store.read(record.id))?.record).toEqual(record)
    await store.close()
  })

  it("keeps sessions in a SQLite file, and closes it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-"))
    const url = `sqlite://${directory}/a%20b.db?table=visits`
    const store = await storeFromUrl(url)
    const record = { id: "a".repeat(64), userId: "ada", payload: "x", expiresAt: Date.now() + 60_000 }
    await store.create(record)
    await store.close()
    await expect(store.read(record.id)).rejects.toThrow()
    const again = await storeFromUrl(url)
    expect((await again.read(record.id))?.record).toEqual(record)
    await again.close()
    await rm(directory, { recursive: true })
  })
})

describe("sessions.find", () => {
  it("gives the live session with the id, decoded, and moves nothing", async () => {
    const store = await storeFromUrl("memory:")
    const sessions = createSessions<{ cart?: string[] }>({ store })
    const session = await sessions.open({}).load()
    session.login("ada")
    session.data.cart = ["pen"]
    session.setExpiry(300)
    await sessions.commit(session)
    const id = session.id
    const before = await store.read(id)
    const found = await sessions.find(id)
    expect(found).toEqual({
      id,
      userId: "ada",
      createdAt: session.createdAt,
      signedInAt: session.signedInAt,
      usedAt: new Date(before!.record.expiresAt - 300_000),
      expiry: 300,
      expiresAt: new Date(before!.record.expiresAt),
      data: { cart: ["pen"] },
    })
    expect(await store.read(id)).toEqual(before)
    expect(await sessions.find("b".repeat(64))).toBeUndefined()
  })
})
