import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { Request } from "./bench.ts"
import { broken, type Check, type Mutation, type Tests, testsOf } from "./mutation.ts"
import { storesOf } from "./needs.ts"

/** A copy of the repository, whose sources may be broken while others work on theirs. */
export interface Workbench {
  /** Runs tests on the sources as they are. */
  check(tests: Tests): Promise<Check>
  /** Whether tests fail with the mutation: those that are there for it, or these. */
  catches(mutation: Mutation, tests?: Tests): Promise<boolean>
  close(): Promise<void>
}

export function newWorkbench(): Workbench {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-mutations-"))
  chmodSync(copy, 0o755) // some tests run as another user
  copyRepository(copy)
  let bench: Bench | undefined
  let changed: readonly string[] = []

  /** Servers that tests share are started once for all tests that need the same. */
  async function benchFor(stores: string): Promise<Bench> {
    if (bench?.stores !== stores || !bench.isRunning()) {
      await bench?.close()
      bench = await newBench(copy, stores)
    }
    return bench
  }

  async function check(tests: Tests): Promise<Check> {
    const ready = await benchFor(tests.stores ?? storesOf(tests))
    const answer = await ready.check({ tests, changed })
    changed = []
    return answer
  }

  return {
    check,
    async catches(mutation, tests = testsOf(mutation[3])) {
      const [file] = mutation
      const path = join(copy, "src", file)
      const text = readFileSync(path, "utf8")
      writeFileSync(path, broken(text, mutation))
      changed = [...changed, path]
      try {
        return !(await check(tests)).isPassed
      } finally {
        writeFileSync(path, text)
        changed = [...changed, path]
      }
    },
    async close() {
      await bench?.close()
      rmSync(copy, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A process that runs tests. */
interface Bench {
  readonly stores: string
  isRunning(): boolean
  check(request: Request): Promise<Check>
  close(): Promise<void>
}

async function newBench(copy: string, stores: string): Promise<Bench> {
  const child = fork(join(copy, "test/mutations/bench.ts"), [], {
    cwd: copy,
    env: { ...environment(), CI: "1", STORES: stores },
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true, // a group of its own, so that a test that runs for ever ends with it
  })
  let told = ""
  child.stderr!.on("data", (text) => {
    told = `${told}${text}`.slice(-5000)
  })
  const ended = once(child, "close")
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const answer = (): Promise<unknown> =>
    Promise.race([once(child, "message").then(([message]) => message), ended.then(() => undefined)])
  if ((await inTime(child, answer())) === undefined) throw new Error(`Vitest does not start: ${told}`)
  return {
    stores,
    isRunning,
    async check(request) {
      const answered = answer()
      child.send(request)
      const check = (await inTime(child, answered)) as Check | undefined
      return check ?? { isPassed: false, why: `No answer. ${told}` }
    },
    async close() {
      if (isRunning()) child.send("close" satisfies Request)
      await inTime(child, ended)
    },
  }
}

/** What takes longer ends with all that it has begun. */
async function inTime<T>(child: ChildProcess, work: Promise<T>): Promise<T> {
  const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), LONGEST)
  try {
    return await work
  } finally {
    clearTimeout(late)
  }
}

/** That of this process, without what another run of tests has put there. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:VITEST|VITE_|TEST$|NODE_ENV$)/.test(name))
  return Object.fromEntries(own)
}

const ROOT = join(import.meta.dirname, "../..")

/** Copies what tests need; what was installed is linked. */
function copyRepository(copy: string): void {
  const isOwn = (path: string): boolean => basename(path) !== "node_modules"
  for (const name of ["src", "test", "docs", "examples", "package.json", "tsconfig.json", "vitest.config.ts"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: isOwn })
  for (const folder of ["", "examples", ...foldersIn("test")]) {
    const names = readdirSync(join(ROOT, folder))
    if (names.includes("node_modules"))
      symlinkSync(join(ROOT, folder, "node_modules"), join(copy, folder, "node_modules"))
  }
}

function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
}

/** In milliseconds. */
const LONGEST = 300_000
