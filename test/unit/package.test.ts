import { expect, it } from "vitest"
import { loaded } from "../../src/stores/package.ts"

/** What Node says of a package that is not installed. */
function missing(name: string): () => Promise<never> {
  const text = `Cannot find package '${name}' imported from /srv/app/node_modules/holdfast/dist/open.js`
  return async () => {
    throw Object.assign(new Error(text), { code: "ERR_MODULE_NOT_FOUND" })
  }
}

it.each([
  "pg@8",
  "@aws-sdk/client-dynamodb@3",
])("says how to install %s, and nothing of another package", async (install) => {
  const name = install.slice(0, install.lastIndexOf("@"))
  const expected = `This store URL needs the package "${name}", which is not installed: npm i ${install}`
  await expect(loaded(install, missing(name))).rejects.toThrow(expected)
  await expect(loaded(install, missing("another"))).rejects.toThrow("Cannot find package 'another'")
})
