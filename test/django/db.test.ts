import { afterAll, beforeAll, describe } from "vitest"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

describe("Django's engine db on SQLite", () => {
  let opened: OpenSite

  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "db" }))
  })
  afterAll(() => opened.close())

  sharingLaws(() => ({
    site: opened.site,
    options: { engine: "db", database: opened.database, secretKey: SECRET },
  }))
})
