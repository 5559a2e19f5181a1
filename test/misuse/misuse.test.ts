import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"
import type { Kind, Seen } from "./child.ts"
import { ROWS } from "./rows.ts"
import { hasRow, SERVERS } from "./servers.ts"

// Whatever a page does to its response: the client gets what it would get without sessions, and when the session can't be
// stored, the error handler's answer. Rows are in rows.ts.

const run = promisify(execFile)
const child = new URL("child.ts", import.meta.url).pathname

/** Whether Node itself refuses it, so that nothing is stored and the error handler is asked, or the connection is cut. */
function isRefused({ client }: Seen, failing: Seen): boolean {
  const { status = 599 } = client as { status?: number }
  return status >= 400 && (failing.client as { status?: number }).status !== 503
}

// All at once: they mostly wait.
const running = new Map(
  Object.keys(SERVERS).map((server) => [
    server,
    run(process.execPath, [child, server], { maxBuffer: 2 ** 26 }),
  ]),
)

describe.each(Object.keys(SERVERS))("a misused response of %s", (server) => {
  const rows = [...ROWS].filter(([, row]) => hasRow(server, row))
  let report: Record<string, Record<Kind, Seen>>
  beforeAll(async () => {
    report = JSON.parse((await running.get(server)!).stdout)
  }, 600_000)

  it.each(rows)("%s", (name, { unlike = {}, mayLose = [] }) => {
    const { bare, once, pending, failing } = report[name]!
    const reason = unlike[server]
    if (reason) {
      expect(pending, `no longer true: ${reason}`).not.toEqual(bare)
      for (const { client, process } of [pending, failing])
        expect({ client, process }).toEqual({
          client: expect.not.objectContaining({ hangs: true }),
          process: [],
        })
      return
    }
    expect.soft(once, "nothing to store").toEqual(bare)
    if (mayLose.includes(server)) {
      for (const { page, process, client } of [pending, failing])
        expect({ page, process, client }).toEqual({
          ...bare,
          client: expect.not.objectContaining({ hangs: true }),
        })
      return
    }
    expect.soft(pending, "the store takes its time").toEqual(bare)
    expect(failing.process).toEqual(bare.process)
    const { status } = bare.client as { status?: number }
    const refused = status === undefined ? bare.client : expect.objectContaining({ status })
    const answered = expect.objectContaining({ status: 503, complete: true })
    expect(failing.client, "the store fails").toEqual(
      isRefused(bare, failing)
        ? refused
        : server === "http2"
          ? expect.objectContaining({ status: 503 })
          : answered,
    )
  })
})
