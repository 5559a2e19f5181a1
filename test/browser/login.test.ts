import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import express from "express"
import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { session } from "../../src/adapters/express.ts"
import { createSessions } from "../../src/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { type Example, failExample, startExample } from "../fixtures/example.ts"
import { startChromium } from "../services/chromium.ts"
import { find } from "../services/programs.ts"

const LOGIN = {
  script: "login/server.ts",
  env: (file: string) => ({ SESSION_STORE: `sqlite:${file}` }),
}

const chromium = find("chromium")

describe.skipIf(!chromium)("the login example in a browser", () => {
  let app: Example
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    ;[app, browser] = await Promise.all([startExample(LOGIN), startChromium(chromium!)])
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })
  beforeEach(() => open())
  afterEach(() => context.close())

  async function open(options?: BrowserContextOptions): Promise<void> {
    context = await browser.newContext({ baseURL: app.url, ...options })
    context.setDefaultTimeout(50_000)
    page = await context.newPage()
  }

  async function signIn(username = "ada"): Promise<void> {
    await page.goto("/")
    await page.getByLabel("Username").fill(username)
    await page.getByLabel("Password").fill("open sesame")
    await press("Sign in")
    await heading(`Signed in as ${username}`)
  }

  /** Presses a button that leads to another page, and gives that page's status. */
  async function press(name: string): Promise<number> {
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 303),
      page.waitForEvent("load"),
      page.getByRole("button", { name, exact: true }).click(),
    ])
    return response.status()
  }

  async function heading(name: string): Promise<void> {
    await page.getByRole("heading", { level: 1, name, exact: true }).waitFor()
  }

  async function cookie(): Promise<Cookie | undefined> {
    return (await context.cookies()).find(({ name }) => name === "session")
  }

  it("leads to the form, which comes back with what is wrong with it and the username typed", async () => {
    await page.goto("/")
    expect(new URL(page.url()).pathname).toBe("/myapp/connection")
    await heading("Sign in")

    await page.getByLabel("Username").fill('ada <"&>')
    expect(await press("Sign in")).toBe(422)
    const password = page.getByLabel("Password")
    expect(await page.getByLabel("Username").inputValue()).toBe('ada <"&>')
    expect(await password.getAttribute("aria-describedby")).toBe("password-problem")
    expect(await page.locator("#password-problem").textContent()).toBe("Type a password.")
    expect(await page.locator("#username-problem").count()).toBe(0)

    await page.getByLabel("Username").fill("")
    await password.fill("open sesame")
    expect(await press("Sign in")).toBe(422)
    expect(await page.locator("#username-problem").textContent()).toBe("Type a username.")
    expect(await page.content()).not.toContain("open sesame")
    expect(await cookie()).toBeUndefined()
  })

  it("keeps a visitor signed in, by a cookie out of the scripts' reach", async () => {
    await signIn('ada <b>"&')
    await page.reload()
    await heading('Signed in as ada <b>"&')
    expect(await cookie()).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/", secure: false })
    expect(await page.evaluate("document.cookie")).toBe("")
  })

  it("begins anew at every login, under a new token", async () => {
    await signIn()
    const first = await cookie()
    await page.request.post("/myapp/login", { form: { username: "ada", password: "again" } })
    expect((await cookie())!.value).not.toBe(first!.value)
  })

  it.each([
    { button: "In 5 minutes", left: /^0[45]:\d\d$/, withBrowser: "No" },
    { button: "In 1 hour", left: /^(01:00:00|59:\d\d)$/, withBrowser: "No" },
    { button: "When the browser closes", left: /^1[34] days \d\d:\d\d:\d\d$/, withBrowser: "Yes" },
    { button: "By default", left: /^1[34] days \d\d:\d\d:\d\d$/, withBrowser: "No" },
  ])("ends the session as chosen: $button", async ({ button, left, withBrowser }) => {
    await signIn()
    if (button === "By default") await press("When the browser closes")
    await press(button)
    expect(await page.locator("[aria-current=true]").allTextContents()).toEqual([button])
    expect(await page.locator("#left").textContent()).toMatch(left)
    expect(await page.locator("#with-browser").textContent()).toBe(withBrowser)
    const { expires } = (await cookie())!
    const days = expires === -1 ? "none" : Math.round((expires - Date.now() / 1000) / 86_400)
    expect(days).toBe(withBrowser === "Yes" ? "none" : 30)
  })

  it("counts the time left down, and says so when little or none is left", async () => {
    await signIn()
    await press("In 5 minutes")
    const now = Date.now()
    await page.clock.install({ time: now })
    await page.clock.pauseAt(now + 60_000)
    await page.reload()
    const left = page.locator("#left")
    const status = page.locator("#left-status")
    expect(await left.textContent()).toBe("05:00")
    await page.clock.runFor(239_000)
    expect(await left.textContent()).toBe("01:01")
    expect(await status.textContent()).toBe("")
    await page.clock.runFor(1000)
    expect(await left.textContent()).toBe("01:00")
    expect(await status.textContent()).toContain("within a minute")
    await page.clock.runFor(60_000)
    expect(await left.textContent()).toBe("00:00")
    expect(await status.textContent()).toContain("has ended")
  })

  it("loses none of ten clicks at the same time", async () => {
    await signIn()
    const status = page.locator("#parallel-status", { hasText: "counted" })
    for (const counted of ["from 0 to 10", "from 10 to 20"]) {
      await page.getByRole("button", { name: "Count ten at once" }).click()
      await status.filter({ hasText: `10 counted: ${counted}.` }).waitFor()
    }
    expect(JSON.parse((await page.locator("#json").textContent())!)).toMatchObject({ visits: 20 })
    await press("Count one")
    expect(await page.locator("#visits").textContent()).toBe("21")
  })

  it("needs no JavaScript", async () => {
    await context.close()
    await open({ javaScriptEnabled: false })
    await signIn()
    await press("Count one")
    await press("In 5 minutes")
    expect(await page.locator("#visits").textContent()).toBe("1")
    expect(await page.locator("#left").textContent()).toBe("300 seconds")
    expect(await page.getByRole("button", { name: "Count ten at once" }).count()).toBe(0)
    await press("Sign out")
    await heading("You are logged out.")
  })

  it.each([
    "SIGTERM",
    "SIGINT",
  ] as const)("ends well by %s, and knows everyone afterwards", async (signal) => {
    await signIn()
    await press("Count one")
    const began = Date.now()
    expect(await app.stop(signal)).toBe(0)
    expect(Date.now() - began).toBeLessThan(30_000)
    await app.restart()
    await page.goto("/")
    await heading("Signed in as ada")
    expect(await page.locator("#visits").textContent()).toBe("1")
  })

  it("signs out for good: the form is back, and the old cookie opens nothing", async () => {
    await signIn()
    const old = (await cookie())!
    await press("Sign out")
    await heading("You are logged out.")
    expect(await cookie()).toBeUndefined()
    await context.addCookies([old])
    await page.getByRole("link", { name: "Sign in again" }).click()
    await heading("Sign in")

    await signIn()
    await page.goto("/myapp/logout")
    await heading("You are logged out.")
  })

  it("stays signed out when a slow request of another tab ends after it", async () => {
    await using slow = await slowNeighbour(app.file)
    await signIn("grace")
    const other = await context.newPage()
    const answer = other.goto(slow.url)
    await slow.arrived
    await press("Sign out")
    await heading("You are logged out.")
    slow.release()

    const response = (await answer)!
    expect(response.status(), "it is told that what it changed was not kept").toBe(409)
    expect(await response.headerValue("set-cookie")).toBeNull()
    expect(await cookie()).toBeUndefined()
    expect(await slow.sessionsOf("grace")).toBe(0)
    await page.goto("/")
    await heading("Sign in")
  })

  it("stores no token", async () => {
    await signIn("barbara")
    const { value } = (await cookie())!
    const bytes = Buffer.concat([await readFile(app.file), await readFile(`${app.file}-wal`)])
    expect(bytes.includes("barbara")).toBe(true)
    expect(bytes.includes(value)).toBe(false)
    expect(bytes.includes(Buffer.from(value, "base64url"))).toBe(false)
  })

  it("shows a page for what goes wrong, and nothing of how", async () => {
    expect((await page.goto("/nowhere"))!.status()).toBe(404)
    await heading("Nothing here")
    const unseen = await page.request.post("/myapp/login", {
      form: { username: "a\0b", password: "open sesame" },
    })
    expect([unseen.status(), await unseen.text()]).toEqual([
      422,
      expect.stringContaining("Leave out characters"),
    ])
    const tooLarge = await page.request.post("/myapp/login", { form: { username: "x".repeat(200_000) } })
    expect(tooLarge.status()).toBe(413)
    expect(await tooLarge.text()).not.toMatch(/Error|node_modules| at /)
  })

  it("loads nothing from elsewhere, and breaks no rule of its own policy", async () => {
    const complaints: string[] = []
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(String(error)))
    const hosts = new Set<string>()
    page.on("request", (request) => hosts.add(new URL(request.url()).origin))
    await signIn()
    await press("In 1 hour")
    expect([...hosts]).toEqual([app.url])
    expect(complaints).toEqual([])
  })

  it("says in a sentence that its port is in use", async () => {
    const { code, stderr } = await failExample(LOGIN, new URL(app.url).port, app.file)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Port \d+ is in use by another program; [^\n]+\n$/)
  })
})

/** Another application on the same host and sessions, whose one request changes the session and waits for `release`. */
async function slowNeighbour(file: string): Promise<
  AsyncDisposable & {
    readonly url: string
    readonly arrived: Promise<void>
    release(): void
    sessionsOf(userId: string): Promise<number>
  }
> {
  const store = sqliteStore(file)
  const arrival = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const app = express()
  app.use(session(createSessions({ store, cookie: { secure: false } })))
  app.get("/slow", async (req, res) => {
    req.session.data.visits = 100
    arrival.resolve()
    await gate.promise
    res.send(`changed the session of ${req.session.userId}`)
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/slow`,
    arrived: arrival.promise,
    release: gate.resolve,
    sessionsOf: async (userId) => (await store.listByUser(userId)).length,
    async [Symbol.asyncDispose]() {
      gate.resolve()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await store.close()
    },
  }
}
