import { spawnSync } from "node:child_process"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Example, failExample, startExample } from "../fixtures/example.ts"
import { startChromium } from "../services/chromium.ts"
import { find } from "../services/programs.ts"

const DJANGO = { script: "django/start.ts", env: (file: string) => ({ DATABASE: file }) }
const PASSWORD = "open sesame"

const chromium = find("chromium")
const python = find("django")

describe.skipIf(!chromium || !python)("the Django example in a browser", () => {
  let app: Example
  let browser: Browser
  let contexts: BrowserContext[]
  let page: Page

  beforeAll(async () => {
    ;[app, browser] = await Promise.all([startExample(DJANGO), startChromium(chromium!)])
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })
  beforeEach(async () => {
    contexts = []
    page = await visitor()
  })
  afterEach(() => Promise.all(contexts.map((context) => context.close())))

  /** A page in a browser of its own. */
  async function visitor(): Promise<Page> {
    const context = await browser.newContext({ baseURL: app.url })
    context.setDefaultTimeout(50_000)
    contexts.push(context)
    return context.newPage()
  }

  /** Presses a button and waits for the page it leads to. */
  async function press(name: string, on = page): Promise<void> {
    await Promise.all([on.waitForEvent("load"), on.getByRole("button", { name, exact: true }).click()])
  }

  async function signIn(password = PASSWORD, on = page): Promise<void> {
    await on.goto("/node/")
    await on.getByRole("link", { name: "Sign in" }).click()
    await on.getByLabel("Username").fill("ada")
    await on.getByLabel("Password").fill(password)
    await press("Sign in", on)
  }

  /** What each side says at the top of its page. */
  async function headings(on = page): Promise<Record<"node" | "django", string | null>> {
    const heading = async (path: string): Promise<string | null> => {
      await on.goto(path)
      return on.getByRole("heading", { level: 1 }).textContent()
    }
    return { node: await heading("/node/"), django: await heading("/django/") }
  }

  it("refuses a wrong password, then signs in at both sides at once", async () => {
    await signIn("wrong")
    expect(await page.getByRole("alert").textContent()).toContain("correct username and password")
    expect(await headings()).toEqual(SIGNED_OUT)
    await signIn()
    expect(new URL(page.url()).pathname).toBe("/node/")
    expect(await headings()).toEqual(SIGNED_IN)
  })

  it("counts and keeps a note on both sides, in one session", async () => {
    await page.goto("/")
    await press("Count one in Node")
    await page.goto("/django/")
    await press("Count one in Django")
    await press("Count one in Django")
    await page.getByRole("textbox", { name: "A note" }).fill('Zoë <"&> 🦊')
    await press("Save in Django")
    const djangos = await page.locator("#json").textContent()
    await page.goto("/node/")
    expect(await page.locator("#json").textContent()).toBe(djangos)
    expect(await page.locator("#count").textContent()).toBe("3")
    expect(await page.getByRole("textbox", { name: "A note" }).inputValue()).toBe('Zoë <"&> 🦊')
    await page.getByRole("textbox", { name: "A note" }).fill("from Node")
    await press("Save in Node")
    await page.goto("/django/")
    expect(await page.getByRole("textbox", { name: "A note" }).inputValue()).toBe("from Node")
    // What an anonymous visitor left is there after the login.
    await signIn()
    expect(await page.locator("#count").textContent()).toBe("3")
  })

  it.each(["/node/", "/django/"])("signs out at both sides from %s", async (side) => {
    await signIn()
    const before = await page.context().cookies()
    await page.goto(side)
    await press("Sign out")
    expect(await headings()).toEqual(SIGNED_OUT)
    await page.context().addCookies(before)
    expect(await headings()).toEqual(SIGNED_OUT)
  })

  it("signs out everywhere else at a change of password in Django", async () => {
    await signIn()
    const other = await visitor()
    await signIn(PASSWORD, other)
    await other.getByRole("link", { name: "Change password" }).click()
    await other.getByLabel("Old password").fill(PASSWORD)
    await other.getByLabel("New password", { exact: true }).fill("another sesame")
    await other.getByLabel("New password confirmation").fill("another sesame")
    await press("Change password", other)

    await page.goto("/node/")
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Not signed in")
    expect(await headings(other)).toEqual(SIGNED_IN)
    await app.stop("SIGTERM")
    await app.restart() // which gives the demo user the old password again
    expect(await headings(other)).toEqual(SIGNED_OUT)
  })

  it("keeps to its own policy and origin, and has a page for what is not there", async () => {
    const complaints: string[] = []
    page.on("console", (message) => complaints.push(message.text()))
    const origins = new Set<string>()
    page.on("request", (request) => origins.add(new URL(request.url()).origin))
    await signIn()
    await headings()
    expect([...origins]).toEqual([app.url])
    expect(complaints).toEqual([])
    for (const path of ["/nowhere", "/django/nowhere/"]) {
      expect((await page.goto(path))!.status()).toBe(404)
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Nothing here")
    }
  })

  it.each([
    [["SIGINT"], 0],
    [["SIGTERM"], 0],
    [["SIGINT", "SIGTERM"], 0],
    [["SIGKILL"], null],
  ] as const)("leaves no process behind at %s, and knows everyone afterwards", async (signals, code) => {
    await signIn()
    expect(sites()).toHaveLength(1)
    expect(await app.stop(...signals)).toBe(code)
    await expect.poll(sites).toEqual([])
    await app.restart()
    expect(await headings()).toEqual(SIGNED_IN)
  })

  it("says in a sentence what is missing, or in use", async () => {
    const taken = await failExample(DJANGO, new URL(app.url).port, app.file)
    expect(taken).toEqual({ code: 1, stderr: expect.stringMatching(/^Port \d+ is in use [^\n]+\n$/) })
    const plan = { ...DJANGO, env: (file: string) => ({ DATABASE: file, PYTHON: "no-such-python" }) }
    const missing = await failExample(plan, "0", app.file)
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/^This example needs Django: [^\n]*apt-get install python3-django\n$/)
  })

  /** The Python processes that serve from this example's file. */
  function sites(): string[] {
    const { stdout } = spawnSync("ps", ["eww", "-eo", "pid,args"], { encoding: "utf8" })
    return stdout.split("\n").filter((line) => line.includes("serve.py") && line.includes(app.file))
  }
})

const SIGNED_IN = { node: "Signed in as ada", django: "Signed in as ada" }
const SIGNED_OUT = { node: "Not signed in", django: "Not signed in" }
