import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import type { Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { adapterLaws, type LawData, type Serve } from "../../src/testing/index.ts"
import { requestOf } from "../adapters/fetch-sites.ts"
import { listen } from "../adapters/serve.ts"

// The adapter that CONTRIBUTING shows to authors of adapters keeps the laws.

const guide = readFileSync(join(import.meta.dirname, "../../CONTRIBUTING.md"), "utf8")
const code = /```ts\n(.*?)```/s.exec(guide)![1]!
const directory = mkdtempSync(join(import.meta.dirname, "guide-"))
afterAll(() => rmSync(directory, { recursive: true }))
const file = join(directory, "adapter.mjs")
writeFileSync(file, code.replace('"holdfast/adapter"', '"../../../src/adapter-kit/index.ts"'))

type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>
const { session } = (await import(file)) as { session: (sessions: unknown, options?: object) => Middleware }

it("is as short as the guide says", () => {
  expect(code.split("\n").length).toBeLessThan(25)
})

const serve: Serve = async (sessions, handler, options) => {
  const middleware = session(sessions, options)
  return listen((req, res) => {
    const next = async (error?: unknown): Promise<void> => {
      try {
        if (error) throw error
        const answer = await handler(
          (req as unknown as { session: Session<LawData> }).session,
          requestOf(req.url),
        )
        const { status = 200, headers, body } = answer
        res.writeHead(status, headers).end(body)
      } catch (thrown) {
        res.writeHead((thrown as { statusCode?: number }).statusCode ?? 500).end("failed")
      }
    }
    middleware(req, res, (error) => void next(error)).catch((error) => next(error))
  })
}

adapterLaws("the adapter of the guide", serve, { open: async () => ({ store: memoryStore() }) })
