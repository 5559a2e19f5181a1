import { expect, it } from "vitest"
import { loaded } from "../../src/stores/package.ts"

const failing = (error: Error) => loaded("redis@6", () => Promise.reject(error))
const missing = (name: string, code = "ERR_MODULE_NOT_FOUND"): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /srv/app.js`), { code })

it("a package that is not installed is told with the line to type", async () => {
  await expect(failing(missing("redis"))).rejects.toMatchObject({
    message: 'This store URL needs the package "redis", which is not installed: npm i redis@6',
    code: "ERR_MODULE_NOT_FOUND",
  })
})

it.each([
  missing("something-else"),
  missing("redis", "EACCES"),
  new SyntaxError("in 'redis'"),
])("what else fails while it is loaded stays what it is: %s", async (error) => {
  await expect(failing(error)).rejects.toBe(error)
})

it("what is loaded is given", async () => {
  expect(await loaded("redis@6", async () => ({ createClient: 1 }))).toEqual({ createClient: 1 })
})
