import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { freePort } from "../services/server.ts"

const root = join(import.meta.dirname, "../..")
const readme = readFileSync(join(root, "README.md"), "utf8")
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!)

it("has two examples in the README", () => {
  expect(examples).toHaveLength(2)
})

it.each(examples)("counts visits, as the README says: %#", async (example) => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-readme-"))
  const port = await freePort()
  const code = example.replace("./sessions.db", join(directory, "sessions.db"))
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", code], {
    cwd: root,
    env: { ...process.env, PORT: `${port}` },
    stdio: ["ignore", "inherit", "inherit"],
  })
  try {
    const url = `http://127.0.0.1:${port}/`
    const first = await answer(url)
    expect(await first.text()).toBe("You were here 1 times")
    const cookie = first.headers.getSetCookie()[0]!.split(";")[0]!
    expect(await (await fetch(url, { headers: { cookie } })).text()).toBe("You were here 2 times")
    expect(await (await fetch(url)).text()).toBe("You were here 1 times")
  } finally {
    child.kill()
    await once(child, "exit")
    rmSync(directory, { recursive: true })
  }
})

/** The first answer of a server that may still be starting. */
async function answer(url: string): Promise<Response> {
  for (const end = Date.now() + 50_000; ; ) {
    try {
      return await fetch(url)
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
