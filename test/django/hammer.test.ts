import { expect, it } from "vitest"
import { hammer } from "./hammer/hammer.ts"

it("loses nothing, of its own or of Django's, when many processes of both write one session", async (context) => {
  const report = await hammer(3, 2)
  if (!report) return context.skip()
  console.log(report)
  expect(report.nodeAcknowledged).toBeGreaterThan(0)
  expect(report.djangoWrites).toBeGreaterThan(0)
  expect(report.nodeWrites).toBe(report.nodeAcknowledged)
  expect(report.lostByNode).toBe(0)
}, 60_000)
