import { connect, createServer, type Socket } from "node:net"
import { createConnection } from "mysql2/promise"
import pg from "pg"
import { expect, it } from "vitest"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { type Ran, start } from "../laws/cli-process.ts"
import { holdfast } from "../laws/cli-run.ts"
import { leaveDead, signIn } from "../laws/cli-sessions.ts"
import { newTable } from "../laws/sql-laws.ts"
import { startMemcached } from "../services/memcached.ts"
import { startRedis } from "../services/redis.ts"
import { describeServer, describeStore } from "../services/service.ts"

// Each command ends by itself when its store does not answer, and soon after a signal, whatever it waits for.

const SHOW = ["show", "a".repeat(32)]
const COMMANDS: readonly (readonly string[])[] = [
  ["list", "--user", "ada"],
  SHOW,
  ["revoke", "a".repeat(32)],
  ["revoke", "--user", "ada"],
  ["revoke", "--all", "--yes"],
  ["clear-expired"],
  ["clear-expired", "--dry-run"],
  ["migrate"],
]

/** A port that tells when somebody came, and leads on to another, or nowhere. */
async function door(target?: number): Promise<{ port: number; entered: Promise<void>; close(): void }> {
  const { promise: entered, resolve } = Promise.withResolvers<void>()
  const open = new Set<Socket>()
  const server = createServer((client) => {
    resolve()
    for (const socket of [client, ...(target === undefined ? [] : [connect(target, "127.0.0.1")])]) {
      open.add(socket)
      socket.on("error", () => {})
    }
    const [one, other] = [client, [...open].at(-1)!]
    if (one !== other) one.pipe(other).pipe(one)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const close = (): void => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return { port: (server.address() as { port: number }).port, entered, close }
}

/** Runs a command against a store that answers to none of its statements; how it ended, and how long that took. */
async function against(
  store: string,
  args: readonly string[],
  signal?: NodeJS.Signals,
): Promise<Ran & { readonly seconds: number }> {
  const url = new URL(store)
  const way = await door(url.port === "" ? undefined : Number(url.port))
  url.port = `${way.port}`
  try {
    const { child, ended } = start([...args, "--timeout", signal ? "60" : "2"], { store: url.href })
    await Promise.race([way.entered, ended])
    if (signal) {
      await new Promise((resolve) => setTimeout(resolve, 500)) // long enough to wait for the store by now
      child.kill(signal)
    }
    const begun = performance.now()
    return { ...(await ended), seconds: (performance.now() - begun) / 1000 }
  } finally {
    way.close()
  }
}

/** How a command ends when its time is over, and at a signal. */
async function expectPatience(store: string, args: readonly string[], signal: NodeJS.Signals): Promise<void> {
  const [late, stopped] = await Promise.all([against(store, args), against(store, args, signal)])
  const how = `${args.join(" ")} ${JSON.stringify([late, stopped])}`
  expect({ code: late.code, stdout: late.stdout }, how).toEqual({ code: 3, stdout: "" })
  expect(late.stderr).toMatch(/^holdfast: The store .* gave no answer within 2 s: is a table locked, .*\n$/)
  expect(late.seconds, how).toBeLessThan(6)
  const code = signal === "SIGTERM" ? 143 : 130
  expect(stopped.code, how).toBe(code)
  // What works in batches may have been told before it began to wait.
  if (!/^Removed 0 .*, then stopped\./.test(stopped.stdout))
    expect([stopped.stdout, stopped.stderr]).toEqual([
      "",
      `holdfast: Stopped by ${signal} before the store had answered\n`,
    ])
  expect(stopped.seconds, how).toBeLessThan(4)
  expect(how).not.toContain("hunter2")
}

/** Doctor says what did not answer, and is no less patient. */
async function expectDoctor(store: string, name: string): Promise<void> {
  const [late, stopped] = await Promise.all([
    against(store, ["doctor"]),
    against(store, ["doctor"], "SIGTERM"),
  ])
  expect(late).toMatchObject({ code: 1, stderr: "" })
  expect(late.stdout).toMatch(new RegExp(`✗ ${name} +no answer within 2 s\\n +Is a table locked, `))
  expect(late.seconds).toBeLessThan(6)
  expect(stopped.code).toBe(143)
  expect(stopped.seconds).toBeLessThan(4)
}

/** The same for several commands, some at a time. */
async function expectAllPatient(store: string, commands: readonly (readonly string[])[]): Promise<void> {
  const signals = ["SIGTERM", "SIGINT"] as const
  await Promise.all(
    signals.map(async (signal, first) => {
      for (let n = first; n < commands.length; n += signals.length)
        await expectPatience(store, commands[n]!, signal)
    }),
  )
}

/** A table with sessions, live and dead, that is locked then. */
async function lockedTable(url: string, lock: (table: string) => Promise<unknown>): Promise<string> {
  const address = new URL(url)
  const table = newTable()
  address.searchParams.set("table", table)
  const store = await storeFromUrl(address.href)
  await store.migrate()
  await store.close()
  await signIn(address.href, "ada")
  await leaveDead(address.href, 3)
  await lock(table)
  return address.href
}

describeStore("postgres", ({ postgres: connectionString }) => {
  it("ends when a table is locked, and at a signal", async () => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      const store = await lockedTable(connectionString, async (table) => {
        await client.query("BEGIN")
        await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      })
      await expectAllPatient(store, COMMANDS)
      await expectDoctor(store, "inspection")
    } finally {
      await client.end()
    }
  }, 180_000)
})

describeStore("mariadb", ({ mariadb: uri }) => {
  it("ends when a table is locked, and at a signal", async () => {
    const client = await createConnection({ uri })
    try {
      const store = await lockedTable(uri, (table) => client.query(`LOCK TABLES ${table} WRITE`))
      // What migrate looks at is not locked with the table.
      await expectAllPatient(
        store,
        COMMANDS.filter(([name]) => name !== "migrate"),
      )
      await expectDoctor(store, "inspection")
    } finally {
      await client.end()
    }
  }, 180_000)
})

describeServer("redis", "the command line", () => {
  it("ends when the server is stopped, and at a signal", async () => {
    const server = await startRedis()
    try {
      server.pause()
      await expectAllPatient(server.url, COMMANDS.slice(0, 5))
    } finally {
      await server.close()
    }
  }, 120_000)
})

describeServer("memcached", "the command line", () => {
  it("ends when the server is stopped, and at a signal", async () => {
    const server = await startMemcached()
    try {
      server.pause()
      await expectPatience(server.url, SHOW, "SIGTERM")
    } finally {
      await server.close()
    }
  }, 120_000)
})

it.each([
  "postgres://u:hunter2@127.0.0.1/db",
  "mysql://u:hunter2@127.0.0.1/db",
  "redis://u:hunter2@127.0.0.1",
  "redis+cluster://u:hunter2@127.0.0.1",
  "redis+sentinel://u:hunter2@127.0.0.1/main",
  "memcached://127.0.0.1",
])(
  "ends at a port that takes connections and never answers: %s",
  (store) => expectPatience(store, SHOW, "SIGTERM"),
  60_000,
)

it.each(["0", "-1", "x", "1e3", "90000", ""])("refuses --timeout %j", async (text) => {
  const { code, stderr } = await holdfast(["show", "x", "--store", "memory:", "--timeout", text])
  expect(code).toBe(2)
  expect(stderr).toContain("a number of seconds, above 0 and at most 86400")
})
