import type { Patience } from "./patience.ts"
import { grouped } from "./printable.ts"
import type { Output } from "./streams.ts"

/** Shows how far a long command has come. */
export interface Progress {
  update(done: number): void
  /** Takes the bar away. */
  end(): void
}

/**
 * On a terminal a bar, redrawn ten times a second; elsewhere a line a second at the most. Each step is an answer of
 * the store's.
 */
export function showProgress(
  stream: Output,
  { answered }: Pick<Patience, "answered">,
  total: number | undefined,
  { verb = "removed" }: { readonly verb?: string } = {},
): Progress {
  const begun = performance.now()
  const interval = stream.isTTY ? 100 : 1000
  let next = begun + (stream.isTTY ? 0 : interval)
  let isDrawn = false
  return {
    update(done) {
      answered()
      const now = performance.now()
      if (now < next) return
      next = now + interval
      const text = `${amount(done, total)} ${verb}, ${grouped(Math.round((done / (now - begun)) * 1000))} a second`
      stream.write(stream.isTTY ? `\r\x1b[K${bar(done, total)}${text}` : `${text}\n`)
      isDrawn = stream.isTTY ?? false
    },
    end() {
      if (isDrawn) stream.write("\r\x1b[K")
    },
  }
}

function amount(done: number, total: number | undefined): string {
  return total === undefined ? grouped(done) : `${grouped(done)} of ${grouped(Math.max(done, total))}`
}

function bar(done: number, total: number | undefined): string {
  if (!total) return ""
  const filled = Math.round((Math.min(done, total) / total) * WIDTH)
  return `[${"#".repeat(filled)}${" ".repeat(WIDTH - filled)}] `
}

const WIDTH = 30
