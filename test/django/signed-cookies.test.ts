import { afterAll, beforeAll, describe } from "vitest"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

describe("Django's engine signed_cookies", () => {
  let opened: OpenSite

  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "signed_cookies" }))
  })
  afterAll(() => opened.close())

  sharingLaws(() => ({ site: opened.site, options: { engine: "signed_cookies", secretKey: SECRET } }), {
    isRevocable: false,
    isMerged: false,
  })
})
