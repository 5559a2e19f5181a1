import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { URL_SCHEMES } from "../../src/stores/url/schemes.ts"
import { findProgram, freePort } from "../services/server.ts"
import { finish, start } from "./cli-process.ts"
import { holdfast, problemsOf } from "./cli-run.ts"
import { leaveDead, signIn } from "./cli-sessions.ts"

// util-linux's script gives a child a terminal; macOS's has other options.
const hasScript = process.platform === "linux" && findProgram("script") !== undefined
if (!hasScript) console.warn("SKIPPED: what the command line does on a terminal, since there is no script(1)")

let directory: string
let store: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-cli-"))
  store = `sqlite://${directory}/sessions.db`
})
afterEach(() => rm(directory, { recursive: true }))

describe("holdfast as a process", () => {
  it("takes the store from the environment, answers on stdout, tells errors on stderr, and exits by code", async () => {
    const [id = ""] = await signIn(store, "ada")
    const runs = [
      finish(["show", id], { store }),
      finish(["list", "--user", "bob"], { store }),
      finish(["doctor", "--verbose"], { store: "postgres://u:hun@ter2@h/db" }),
      finish(["list", "--user", "ada"], { store: `postgres://u:hunter2@127.0.0.1:${await freePort()}/db` }),
    ]
    const [shown, none, wrong, away] = await Promise.all(runs)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(id), stderr: "" })
    expect(none).toMatchObject({ code: 1, stdout: '"bob" has no sessions\n', stderr: "" })
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("percent-encoded") })
    expect(away).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("ECONNREFUSED") })
    expect(JSON.stringify([wrong, away])).not.toMatch(/hunter2|hun@|ter2/)
  })

  it("shows the URL of every backend that a command can reach in its help", async () => {
    const { code, stdout } = await holdfast(["--help"])
    expect(code).toBe(0)
    for (const { kind, place, form } of Object.values(URL_SCHEMES))
      if (place !== "process") expect(stdout, kind).toContain(`:${form}\n`)
  })

  it("ends in silence when its reader has seen enough", async () => {
    const [id = ""] = await signIn(store, "ada")
    const { child, ended } = start(["show", id], { store })
    child.stdout.destroy()
    expect(await ended).toEqual({ code: 0, stdout: "", stderr: "" })
  })
})

describe("holdfast list and show", () => {
  it("lists a user's sessions, and shows one decoded", async () => {
    const [one = "", other = ""] = await signIn(store, "ada", "ada", "bob")
    const list = await holdfast(["list", "--user", "ada"], { store })
    expect(list).toMatchObject({ code: 0, stderr: "" })
    expect(
      list.stdout
        .split("\n")
        .slice(1, 3)
        .map((row) => row.slice(0, 32))
        .sort(),
    ).toEqual([one, other].sort())

    const show = await holdfast(["show", one], { store })
    expect(show).toMatchObject({ code: 0, stderr: "" })
    expect(show.stdout).toContain(one)
    expect(show.stdout).toContain('user       "ada"')
    expect(show.stdout).toContain("(300 seconds after its last use)")
    expect(show.stdout).toContain("pen")
  })

  it("says when a session ends", async () => {
    const opened = await storeFromUrl(store)
    const sessions = createSessions({ store: opened })
    for (const [expiry, text] of [
      [0, "(or when the browser closes)"],
      [null, "(as the application's settings say)"],
      [new Date("2999-01-01"), "(at this instant)"],
    ] as const) {
      const session = await sessions.open({}).load()
      session.login("ada")
      session.setExpiry(expiry)
      await sessions.commit(session)
      expect((await holdfast(["show", session.id], { store })).stdout).toContain(text)
    }
    await opened.close()
  })

  it("answers scripts in JSON", async () => {
    const [id = ""] = await signIn(store, "ada")
    const found = {
      id,
      userId: "ada",
      createdAt: expect.stringMatching(INSTANT),
      signedInAt: expect.stringMatching(INSTANT),
      usedAt: expect.stringMatching(INSTANT),
      expiry: 300,
      expiresAt: expect.stringMatching(INSTANT),
      data: { cart: ["pen \u009b2J \u202e"] },
    }
    const list = await holdfast(["list", "--user", "ada", "--json"], { store })
    expect(JSON.parse(list.stdout)).toEqual([found])
    const show = await holdfast(["--json", "show", id], { store })
    expect(JSON.parse(show.stdout)).toEqual(found)
  })

  it("lets nothing a visitor typed steer the terminal", async () => {
    const [id = ""] = await signIn(store, "ada\u009b2J\u001b[2J")
    for (const flags of [[], ["--json"]]) {
      const { stdout } = await holdfast(["show", id, ...flags], { store })
      expect(stdout).toContain("pen \\u009b2J \\u202e")
      expect(stdout).not.toMatch(STEERING)
    }
  })

  it("exits with 1 when nothing is there", async () => {
    await signIn(store, "ada")
    const list = await holdfast(["list", "--user", "bob"], { store })
    expect(list).toEqual({ code: 1, stdout: '"bob" has no sessions\n', stderr: "" })
    const none = await holdfast(["list", "--user", "bob", "--json"], { store })
    expect(none).toEqual({ code: 1, stdout: "[]\n", stderr: "" })
    const show = await holdfast(["show", "f".repeat(32)], { store })
    expect(show).toEqual({ code: 1, stdout: "", stderr: "holdfast: No live session has this id\n" })
    expect((await holdfast(["show", "a-token-from-a-cookie"], { store })).stderr).toContain(
      "what stands before its point",
    )
  })
})

describe("holdfast revoke", () => {
  it("ends one session", async () => {
    const [one = "", other = ""] = await signIn(store, "ada", "ada")
    expect(await holdfast(["revoke", one], { store })).toMatchObject({ code: 0, stdout: "Ended 1 session\n" })
    expect(await holdfast(["revoke", one, "--json"], { store })).toMatchObject({
      code: 1,
      stdout: '{\n  "revoked": 0\n}\n',
    })
    expect((await holdfast(["show", other], { store })).code).toBe(0)
  })

  it("ends a user's sessions and no others", async () => {
    const [, , bobs = ""] = await signIn(store, "ada", "ada", "bob")
    expect((await holdfast(["revoke", "--user", "ada"], { store })).stdout).toBe("Ended 2 sessions\n")
    expect((await holdfast(["revoke", "--user", "ada"], { store })).code).toBe(1)
    expect((await holdfast(["show", bobs], { store })).code).toBe(0)
  })

  it("ends everybody's sessions only when told so twice", async () => {
    const [id = ""] = await signIn(store, "ada")
    const refused = await holdfast(["revoke", "--all"], { store })
    expect(refused).toMatchObject({ code: 2, stdout: "" })
    expect(refused.stderr).toContain("--yes")
    expect((await holdfast(["show", id], { store })).code).toBe(0)
    expect((await holdfast(["revoke", "--all", "--yes"], { store })).code).toBe(0)
    expect((await holdfast(["show", id], { store })).code).toBe(1)
  })

  it.runIf(hasScript)("asks on a terminal, and takes only yes for yes", async () => {
    const [id = ""] = await signIn(store, "ada")
    const answered = async (answer: string): Promise<number | null> => {
      const { child, seen, ended } = start(["revoke", "--all"], { store, isTerminal: true })
      await seen('Type "yes"')
      child.stdin.write(answer)
      return (await ended).code
    }
    expect(await Promise.all(["y\n", "\u0003", "\u0004"].map(answered))).toEqual([1, 130, 1])
    expect((await holdfast(["show", id], { store })).code).toBe(0)
    expect(await answered("yes\n")).toBe(0)
    expect((await holdfast(["show", id], { store })).code).toBe(1)
  })
})

describe("holdfast clear-expired", () => {
  it("counts, then removes, the dead and only them", async () => {
    const [id = ""] = await signIn(store, "ada")
    await leaveDead(store, 25)
    const dry = await holdfast(["clear-expired", "--dry-run"], { store })
    expect(dry).toEqual({ code: 0, stdout: "25 sessions would be removed\n", stderr: "" })
    const json = await holdfast(["clear-expired", "--batch-size", "10", "--json"], { store })
    expect(JSON.parse(json.stdout)).toEqual({
      removed: 25,
      seconds: expect.any(Number),
      isInterrupted: false,
    })
    const again = await holdfast(["clear-expired", "--dry-run", "--json"], { store })
    expect(JSON.parse(again.stdout)).toEqual({ expired: 0 })
    expect((await holdfast(["show", id], { store })).code).toBe(0)
  })

  it("stops between batches at SIGINT and SIGTERM, and goes on when run again", async () => {
    const other = `sqlite://${directory}/other.db`
    await Promise.all([stopped("SIGINT", 130, store), stopped("SIGTERM", 143, other)])
  })

  async function stopped(signal: NodeJS.Signals, code: number, store: string): Promise<void> {
    await leaveDead(store, 5000)
    const { child, seen, ended } = start(["clear-expired", "--batch-size", "1", "--json"], { store })
    await seen("a second\n")
    child.kill(signal)
    const ran = await ended
    expect(ran.code).toBe(code)
    const { removed, isInterrupted } = JSON.parse(ran.stdout)
    expect({ isInterrupted, isPartly: removed > 0 && removed < 5000 }).toEqual({
      isInterrupted: true,
      isPartly: true,
    })
    const rest = await holdfast(["clear-expired", "--json"], { store })
    expect(JSON.parse(rest.stdout)).toMatchObject({ removed: 5000 - removed, isInterrupted: false })
  }

  it("lets several run at once, each dead record being removed once", async () => {
    await leaveDead(store, 3000)
    const clear = ["clear-expired", "--batch-size", "20", "--json"]
    const runs = await Promise.all([finish, finish, holdfast].map((run) => run(clear, { store })))
    expect(runs.map(({ code, stderr }) => code || stderr.replaceAll(/.* a second\n/g, ""))).toEqual([
      "",
      "",
      "",
    ])
    expect(runs.reduce((sum, { stdout }) => sum + JSON.parse(stdout).removed, 0)).toBe(3000)
  })

  it.runIf(hasScript)("draws a bar on a terminal, and none into a pipe", async () => {
    await leaveDead(store, 300)
    const piped = await holdfast(["clear-expired", "--batch-size", "100"], { store })
    expect(piped.stdout).toMatch(/^Removed 300 sessions in [\d.]+ s\n$/)
    expect(piped.stderr).not.toContain("\r")
    await leaveDead(store, 300)
    const seen = await finish(["clear-expired", "--batch-size", "1"], { store, isTerminal: true })
    expect(seen.stdout).toMatch(/\r.{3}\[#* {1,30}\] \d+ of 300 removed, [\d,]+ a second\r/)
    expect(seen.stdout).toMatch(/\r.{3}Removed 300 sessions in/)
  })
})

describe("holdfast migrate and doctor", () => {
  it("makes what the store needs, again and again", async () => {
    expect((await holdfast(["list", "--user", "ada"], { store })).code).toBe(3)
    for (let turn = 0; turn < 2; turn++)
      expect(await holdfast(["migrate"], { store })).toMatchObject({ code: 0, stderr: "" })
    expect((await holdfast(["list", "--user", "ada"], { store })).code).toBe(1)
  })

  it("finds a good store good", async () => {
    await signIn(store, "ada")
    const text = await holdfast(["doctor"], { store })
    expect(text).toMatchObject({ code: 0, stderr: "" })
    expect(text.stdout).not.toContain("✗")
    const { isFine, findings } = JSON.parse((await holdfast(["doctor", "--json"], { store })).stdout)
    expect(isFine).toBe(true)
    expect(findings.map(({ name }: { name: string }) => name)).toEqual([
      "connection",
      "permissions",
      "access",
      "disk",
      "log",
      "integrity",
      "size",
      "table",
      "sessions",
      "trial",
      "round trip",
    ])
  })

  it("says what is wrong and what to do", async () => {
    await leaveDead(store, 10_001)
    const { code, stdout } = await holdfast(["doctor"], { store })
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ sessions +0 live, 10,001 dead\n {4}More records are dead than alive\./)
    expect((await holdfast(["doctor", "--store", "memory:"])).stdout).toContain("signs everybody out")
  })
})

describe("holdfast over a directory of files", () => {
  it("lists, shows, ends and clears sessions, and finds the store good", async () => {
    store = `file://${directory}/sessions`
    const [one = "", , bobs = ""] = await signIn(store, "ada", "ada", "bob")
    expect(JSON.parse((await holdfast(["list", "--user", "ada", "--json"], { store })).stdout)).toHaveLength(
      2,
    )
    expect(await problemsOf(store)).toEqual([])
    expect((await holdfast(["revoke", one], { store })).code).toBe(0)
    // What the one that was ended leaves for a moment is a record too.
    expect((await holdfast(["revoke", "--all", "--yes"], { store })).stdout).toBe("Removed 3 records\n")
    expect((await holdfast(["show", bobs], { store })).code).toBe(1)
    expect((await holdfast(["clear-expired"], { store })).code).toBe(0)
    expect((await holdfast(["clear-expired", "--dry-run"], { store })).code).toBe(2)
    await chmod(join(directory, "sessions"), 0o777)
    expect(await holdfast(["doctor"], { store })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("chmod 700"),
    })
  })
})

describe("holdfast migrate --print", () => {
  it("prints the statements of each dialect, and those of the store's URL", async () => {
    for (const dialect of ["postgres", "mysql", "sqlite"]) {
      const { code, stdout } = await holdfast([
        "migrate",
        "--print",
        "--dialect",
        dialect,
        "--table",
        "visits",
      ])
      expect(code).toBe(0)
      expect(stdout).toMatch(/^CREATE TABLE IF NOT EXISTS ["`]visits["`] \([^;]*;/)
    }
    const url = "mysql://nobody:hunter2@nowhere.invalid/db?table=visits"
    expect((await holdfast(["migrate", "--print"], { store: url })).stdout).toContain("EXISTS `visits`")
  })

  it("runs in SQLite as it stands", async () => {
    const { stdout } = await holdfast(["migrate", "--print"], { store })
    const database = new DatabaseSync(join(directory, "sessions.db"))
    database.exec(stdout)
    database.close()
    expect((await holdfast(["doctor"], { store })).code).toBe(0)
  })
})

describe("holdfast, told something wrong", () => {
  it.each([
    [[], "Usage: holdfast"],
    [["list"], "--user"],
    [["list", "--user", "ada"], "--store URL"],
    [["frobnicate"], "unknown command"],
    [["clear-expired", "--batch-size", "0"], "whole number from 1 up"],
    [["revoke"], "Give one of these"],
    [["revoke", "id", "--all"], "Give one of these"],
    [["doctor", "--store", "ftp://host"], "begins with one of"],
    [["doctor", "--store", "sqlite:./package.json?table=a-b"], 'The option "table"'],
    [["migrate", "--print"], "--dialect postgres, mysql, sqlite"],
    [["migrate", "--dialect", "mysql"], "--print"],
    [["migrate", "--print", "--dialect", "oracle"], "Allowed choices"],
    [["migrate", "--print", "--dialect", "mysql", "--table", "a-b"], 'The option "table"'],
    [["clear-expired", "--dry-run", "--store", "memory:"], "can't count"],
    [["revoke", "--all", "--yes", "--store", "memory:"], "can't end all"],
    [["show", "key", "--django", "--store", "memory:"], "Django keeps no sessions in memory:"],
    [["list", "--user", "1", "--legacy", "--store", "memory:"], "go with --django"],
    [["list", "--user", "1", "--django", "--store", "sqlite::memory:"], "variable DJANGO_SECRET_KEY"],
    [["clear-expired", "--django", "--time-zone", "Rome", "--store", "sqlite::memory:"], '"timeZone"'],
    [["import-django", "--store", "memory:"], "--from URL"],
  ])("exits with 2: %j", async (args, message) => {
    const { code, stdout, stderr } = await holdfast(args)
    expect(stdout).toBe("")
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it("tells the line to type when the client's package is missing", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url))
    for (const name of ["src", "package.json"])
      await cp(join(root, name), join(directory, name), { recursive: true })
    const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
    for (const name of Object.keys(dependencies)) {
      await mkdir(dirname(join(directory, "node_modules", name)), { recursive: true })
      await symlink(join(root, "node_modules", name), join(directory, "node_modules", name))
    }
    const main = join(directory, "src/cli/main.ts")
    const runs = [
      ["postgres://u:hunter2@127.0.0.1/db", "npm i pg@8"],
      ["mysql://u:hunter2@127.0.0.1/db", "npm i mysql2@3"],
      ["redis://u:hunter2@127.0.0.1", "npm i redis@6"],
    ].map(async ([store = "", line = ""]) => {
      const { code, stderr } = await finish(["doctor"], { store, main })
      expect(stderr).toContain(line)
      expect(stderr.split("\n").length).toBe(2)
      expect(code).toBe(2)
    })
    await Promise.all(runs)
  })

  it("exits with 3 when nobody answers, in one sentence, or with all that is known", async () => {
    const url = `postgres://ada:hunter2@127.0.0.1:${await freePort()}/db`
    const { code, stderr, stdout } = await holdfast(["list", "--user", "ada", "--store", url])
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" })
    expect(stderr).toMatch(
      /^holdfast: The store postgres:\/\/ada@127\.0\.0\.1:\d+\/db can't be reached: .*ECONNREFUSED.*\n$/,
    )
    const verbose = await holdfast(["list", "--user", "ada", "--store", url, "--verbose"])
    expect(verbose.stderr).toContain("\n    at ")
    const doctor = await holdfast(["doctor", "--store", url])
    expect(doctor).toMatchObject({ code: 1, stderr: "" })
    expect(doctor.stdout).toContain("Nothing listens there")
    expect(`${stderr}${verbose.stderr}${doctor.stdout}`).not.toContain("hunter2")
  })

  it("never prints a password, wherever it was put", async () => {
    for (const args of [
      ["postgres://u:hunter2@h/db", "doctor"],
      ["doctor", "--store", "postgres://u:hun@ter2@h/db", "--verbose"],
      ["doctor", "--store", "postgres:u:hunter2@h/db", "--verbose"],
      ["show", "postgres://u:hunter2@h/db", "--store", store],
      ["--stroe", "postgres://u:hunter2@h/db", "doctor"],
      ["import-django", "--from", "postgres://u:hun@ter2@h/db", "--store", "memory:", "--verbose"],
    ]) {
      const { code, stdout, stderr } = await holdfast(args)
      expect(code).not.toBe(0)
      expect(stdout + stderr).not.toMatch(/hunter2|hun@|ter2/)
    }
  })
})

/** An escape, a C1 control or a mark that turns the direction of writing. */
const STEERING = /\p{Cc}(?<!\n)|\u202e/u

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
