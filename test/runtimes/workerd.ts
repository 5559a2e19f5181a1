/** Runs `worker.ts` in the runtime of Cloudflare's Workers, and says what it answered. */
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
})
try {
  const response = await worker.dispatchFetch("http://laws.test/")
  console.log(await response.text())
} finally {
  await worker.dispose()
}
