import express from "express"
import { expect, it } from "vitest"
import { session } from "../../src/adapters/express.ts"
import { createSessions, type Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { listen } from "../adapters/serve.ts"

it("two sessions of one request are both safe before its response leaves", async () => {
  const stores = { shop: memoryStore(), staff: memoryStore() }
  const app = express()
  app.use(session(createSessions({ store: stores.shop, cookie: { name: "__Host-shop" } })))
  app.use((req, res, next) => {
    res.locals.shop = req.session
    next()
  })
  app.use(session(createSessions({ store: stores.staff, cookie: { name: "__Host-staff" } })))
  app.get("/look", (req, res) => void res.json([res.locals.shop.userId, req.session.userId]))
  app.get("/login", async (req, res) => {
    const shop: Session = res.locals.shop
    shop.login("ada")
    req.session.login("bob")
    for (const line of ["one ", "two "]) res.write(line)
    res.end("three")
  })
  const { url, close } = await listen(app)
  try {
    const response = await fetch(`${url}/login`)
    expect(await response.text()).toBe("one two three")
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!)
    expect(cookies.map((cookie) => cookie.split("=")[0]).sort()).toEqual(["__Host-shop", "__Host-staff"])
    const looked = await fetch(`${url}/look`, { headers: { cookie: cookies.join("; ") } })
    expect(await looked.json()).toEqual(["ada", "bob"])
  } finally {
    await close()
  }
})
