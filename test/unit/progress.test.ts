import { expect, it } from "vitest"
import { showProgress } from "../../src/cli/progress.ts"
import type { Output } from "../../src/cli/streams.ts"

function terminal(isTTY: boolean) {
  const texts: string[] = []
  return { texts, stream: { isTTY, write: (text: string) => texts.push(text) } as unknown as Output }
}

it.each([
  true,
  false,
])("progress is written now and then, however often it is told; on a terminal: %s", (isTTY) => {
  const { texts, stream } = terminal(isTTY)
  let answers = 0
  const { update, end } = showProgress(stream, { answered: () => void answers++ }, 5000)
  for (let done = 0; done < 5000; done++) update(done)
  end()
  expect(answers).toBe(5000)
  expect(texts.length).toBeLessThan(500)
})
