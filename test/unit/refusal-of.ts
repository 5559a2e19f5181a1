import { expect } from "vitest"

/** The message of the `TypeError` that the call throws or rejects with. */
export async function refusalOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  return expect.unreachable("it was accepted")
}
