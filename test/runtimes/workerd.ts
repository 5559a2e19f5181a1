/** Runs `worker.ts` in the runtime of Cloudflare's Workers: a line of JSON for each law. */
import assert from "node:assert/strict"
import { collectLaws, type Verdict } from "./collected.ts"

const { build } = await import("esbuild" as string)
const { Miniflare } = await import("miniflare" as string)

const { outputFiles } = await build({
  entryPoints: [new URL("worker.ts", import.meta.url).pathname],
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["import"],
  external: ["node:*"],
})
const worker = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.mjs", contents: outputFiles[0].text }],
  compatibilityDate: "2026-04-01",
  compatibilityFlags: ["nodejs_compat"],
  d1Databases: ["D1"],
})
const say = (verdict: Verdict): void => console.log(JSON.stringify(verdict))
const laws = collectLaws()
laws.it("keeps the session of a site from one request to the next", async () => {
  const first = await worker.dispatchFetch("http://site.test/")
  const cookie = first.headers.getSetCookie()[0].split(";")[0]
  const ask = async (sent: string): Promise<string> =>
    (await worker.dispatchFetch("http://site.test/", { headers: { cookie: sent } })).text()
  assert.equal(await first.text(), "1")
  assert.equal(await ask(cookie), "2")
  assert.equal(
    await ask(`${cookie.slice(0, -4)}${cookie.at(-4) === "A" ? "B" : "A"}${cookie.slice(-3)}`),
    "1",
  )
})
try {
  await laws.run(say)
  const response = await worker.dispatchFetch("http://site.test/laws")
  for (const verdict of await response.json()) say(verdict)
} finally {
  await worker.dispose()
}
