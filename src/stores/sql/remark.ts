import type { Finding } from "../backend.ts"

/** What is said where a question was refused or failed, which is no fault of the store's. */
export function remark(name: string): (error: unknown) => Finding {
  return (error) => ({ name, value: "could not be looked at", remark: (error as Error).message })
}
