import { type Browser, chromium } from "playwright-core"
import { ensureProgram } from "./install.ts"

/**
 * The path of Chromium, installed if need be. Where it can't be had: `undefined` after a loud word, so that
 * its tests are skipped on a laptop; an error when `CI` is `true`.
 */
export function chromiumPath(): string | undefined {
  const path = ensureProgram("chromium", "chromium", () => ["/usr/bin"])
  if (path) return path
  const what = "chromium is not installed and can't be installed here"
  if (process.env.CI === "true") throw new Error(what)
  console.warn(`\n*** SKIPPED: ${what}: everything that needs a browser is left untested ***\n`)
  return undefined
}

/** Starts Chromium without a window and without traffic of its own. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  })
}
