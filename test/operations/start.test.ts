import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { failExample, startExample } from "../fixtures/example.ts"
import { find } from "../services/programs.ts"
import { freePort } from "../services/server.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-start-"))
afterAll(() => rmSync(directory, { recursive: true }))

describe("npm start", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends its server when it is sent %s itself", async (signal) => {
    const port = await freePort()
    const npm = spawn("npm", ["start"], {
      cwd: join(import.meta.dirname, "../.."),
      env: { ...process.env, PORT: `${port}`, SESSION_STORE: "memory:" },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true, // a group of its own, which the end of this test ends whatever came of it
    })
    try {
      await expect.poll(() => isListening(port)).toBe(true)
      npm.kill(signal)
      await expect.poll(() => isListening(port)).toBe(false)
    } finally {
      endGroup(npm.pid!)
    }
  })
})

describe.each(["login/server.ts", "django/start.ts"])("the example %s", (script) => {
  const file = join(directory, "example.db")
  const env = (): Record<string, string> => ({ SESSION_STORE: "memory:", DATABASE: file })

  it.each([
    "abc",
    "70000",
    "65536",
    "-1",
    "",
    " ",
    "3000.5",
    "3e3",
    "0x10",
    "+80",
    "99999999999999999999",
  ])("says in a sentence that PORT=%j is no port", async (port) => {
    const { code, stderr } = await failExample({ script, env }, port, file)
    expect(code).toBe(1)
    const told = `PORT must be a whole number from 0 to 65535, where 0 takes any free port; it is ${JSON.stringify(port)}. `
    expect(stderr).toBe(`${told}Without it the port is 3000\n`)
  })

  it.skipIf(script.startsWith("django") && !find("django"))("takes any free port for PORT=0", async () => {
    const example = await startExample({ script, env }, "0")
    try {
      expect((await fetch(example.url)).status).toBe(200)
    } finally {
      await example.close()
    }
  })
})

describe("an example whose file can't be written", () => {
  const notes = join(directory, "notes.txt")
  writeFileSync(notes, "no database, but something that somebody wrote")

  it.each([
    join(directory, "nowhere", "sessions.db"),
    directory,
    notes,
    join(notes, "sessions.db"),
  ])("names it, and the variable that names another: %s", async (file) => {
    const login = { script: "login/server.ts", env: () => ({ SESSION_STORE: `sqlite:${file}` }) }
    const django = { script: "django/start.ts", env: () => ({ DATABASE: file }) }
    for (const plan of [login, django]) {
      const { code, stderr } = await failExample(plan, "0", file)
      expect(code).toBe(1)
      expect(stderr).toContain(Object.keys(plan.env())[0])
      expect(stderr).toContain(file)
      expect(stderr).toMatch(/^[^\n]+writable?[^\n]*\n$|^[^\n]+can be written[^\n]*\n$/)
    }
  })

  it.each(["DATABASE", "DJANGO_SECRET_KEY"])("does not take an empty %s for one", async (name) => {
    const plan = { script: "django/start.ts", env: () => ({ [name]: "" }) }
    const { code, stderr } = await failExample(plan, "0", "")
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${name} must not be empty; leave it unset to have the usual value\n`,
    })
  })

  it("does not take an empty SESSION_STORE for one", async () => {
    const plan = { script: "login/server.ts", env: () => ({ SESSION_STORE: "" }) }
    const { code, stderr } = await failExample(plan, "0", "")
    expect(code).toBe(1)
    expect(stderr).toMatch(/^SESSION_STORE, which is set, can't be used: A store URL begins with [^\n]+\n$/)
  })
})

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      resolve(true)
      socket.destroy()
    })
    socket.once("error", () => resolve(false))
  })
}

/** Ends what is left of a group of processes. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // Nothing is left.
  }
}
