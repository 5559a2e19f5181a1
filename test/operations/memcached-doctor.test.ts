import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { type MemcachedClient, memcachedClient } from "../../src/stores/memcached/index.ts"
import { holdfast } from "../laws/cli-run.ts"
import { startMemcached } from "../services/memcached.ts"
import { describeServer } from "../services/service.ts"

/** What doctor finds on a server that was started with these arguments and brought into a state. */
async function doctor(
  args: readonly string[],
  bring: (client: MemcachedClient, port: number) => Promise<unknown> = async () => {},
): Promise<{ code: number | null; finding(name: string): Finding | undefined }> {
  const server = await startMemcached({ args })
  const client = memcachedClient(server.url)
  try {
    await bring(client, server.port)
    const { code, stdout } = await holdfast(["doctor", "--json"], { store: server.url })
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    return { code, finding: (name) => findings.find((each) => each.name === name) }
  } finally {
    await client.close()
    await server.close()
  }
}

/** Stores that many items of this size. */
async function fill(client: MemcachedClient, prefix: string, count: number, bytes: number): Promise<void> {
  const value = Buffer.alloc(bytes, "x")
  const answers = Array.from({ length: count }, (_, n) =>
    client.send(`ms ${prefix}${n} ${bytes} T600`, value),
  )
  await Promise.allSettled(answers)
}

describeServer("memcached", "doctor", () => {
  it("finds a new server good, and says that it is new", async () => {
    const { code, finding } = await doctor([])
    expect(code).toBe(0)
    expect(finding("server")).toMatchObject({
      value: expect.stringMatching(/^memcached 1\.[\d.]+, up for \d+ seconds$/),
      remark: expect.stringContaining("Whoever signed in before"),
    })
    expect(finding("memory")).toEqual({ name: "memory", value: "0 % used, 0 evicted" })
    expect(finding("connections")?.problem).toBe(undefined)
    expect(finding("item size")).toBe(undefined)
  })

  it("says that it runs without compare-and-swap", async () => {
    const { code, finding } = await doctor(["-C"])
    expect(code).toBe(1)
    expect(finding("compare-and-swap")?.problem).toContain("without -C")
  })

  it("says that memory is nearly full, and what will come of it", async () => {
    const fillUp = (client: MemcachedClient): Promise<void> => fill(client, "a", 75, 100_000)
    const evicting = await doctor(["-m", "8"], fillUp)
    expect([evicting.code, evicting.finding("memory")?.remark]).toEqual([
      0,
      expect.stringContaining("throws living sessions away then"),
    ])
    const refusing = await doctor(["-m", "8", "-M"], fillUp)
    expect([refusing.code, refusing.finding("memory")?.remark]).toEqual([
      0,
      expect.stringContaining("refuses logins then"),
    ])
  })

  it("says that it throws sessions away", async () => {
    const { code, finding } = await doctor(["-m", "8"], (client) => fill(client, "a", 200, 100_000))
    expect(code).toBe(1)
    expect(finding("memory")?.problem).toContain("Give it more memory (-m)")
  })

  it("says that it throws sessions away although there is room, for items of other sizes", async () => {
    const { finding } = await doctor(["-m", "8", "-o", "slab_automove=0"], async (client) => {
      await fill(client, "a", 25_000, 300)
      await Promise.all(Array.from({ length: 25_000 }, (_, n) => client.send(`md a${n}`)))
      await fill(client, "b", 100, 100_000)
    })
    expect(finding("memory")?.problem).toContain("without slab_automove=0")
  })

  it("says that it had no room, where it was told to throw nothing away", async () => {
    const { code, finding } = await doctor(["-m", "8", "-M"], (client) => fill(client, "a", 200, 100_000))
    expect(code).toBe(1)
    expect(finding("memory")).toMatchObject({
      value: expect.stringMatching(/ refused$/),
      problem: expect.stringContaining("logins failed"),
    })
  })

  it("says that it takes smaller items than the store, or larger ones", async () => {
    const small = await doctor(["-I", "512k"])
    expect([small.code, small.finding("item size")]).toEqual([
      1,
      expect.objectContaining({
        value: "524288 bytes at most",
        problem: expect.stringContaining("{ maxItemBytes: 524288 }"),
      }),
    ])
    const large = await doctor(["-I", "4m"])
    expect([large.code, large.finding("item size")?.remark]).toEqual([
      0,
      expect.stringContaining("{ maxItemBytes: 4194304 }"),
    ])
  })

  it("says that its connections are nearly all taken, and that none is left", async () => {
    const idle: Socket[] = []
    const take = async (count: number, port: number): Promise<void> => {
      for (let n = 0; n < count; n++)
        await new Promise<void>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => socket.write("mn\r\n"))
          socket.on("error", () => {}).once("data", () => resolve())
          idle.push(socket)
        })
    }
    try {
      const crowded = await doctor(["-c", "200"], (_, port) => take(155, port))
      expect([crowded.code, crowded.finding("connections")?.problem]).toEqual([
        1,
        expect.stringContaining("(-c)"),
      ])
      const taken = await doctor(["-c", "200"], (_, port) => take(200, port))
      expect([taken.code, taken.finding("connection")?.problem]).toEqual([
        1,
        expect.stringContaining("It takes no more connections"),
      ])
    } finally {
      for (const socket of idle) socket.destroy()
    }
  })

  it("says that it wants a password, which it is not given", async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-memcached-"))
    const file = join(directory, "users")
    writeFileSync(file, "ada:hunter2\n")
    chmodSync(directory, 0o755) // the server is another user's
    try {
      const { code, finding } = await doctor(["-Y", file])
      expect(code).toBe(1)
      expect(finding("connection")?.problem).toMatch(
        /unauthenticated: it was started with -Y .* start it without/,
      )
      expect(JSON.stringify(finding("connection"))).not.toContain("hunter2")
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
