import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

describe("Django's engine file", () => {
  let opened: OpenSite
  const files = (directory: string): string => join(directory, "sessions")

  beforeAll(async () => {
    opened = await openSite((directory) => {
      mkdirSync(files(directory))
      return { engine: "file", filePath: files(directory) }
    })
  })
  afterAll(() => opened.close())

  sharingLaws(() => ({
    site: opened.site,
    options: { engine: "file", filePath: files(opened.directory), secretKey: SECRET },
  }))
})
