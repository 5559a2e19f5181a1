import type { TestProject } from "vitest/node"
import { commandFor, type ProgramName } from "./programs.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** A sentence for each program that could not be had. */
    untested: Partial<Record<ProgramName, string>>
  }
}

/** Notes that what needs this program is left untested. An error when `CI` is `true`: there nothing may be missing. */
export function untested(project: TestProject, name: ProgramName, reason: string): void {
  const sentence = `what needs ${name}, since ${reason}. To test it: ${commandFor(name)}`
  if (process.env.CI === "true") throw new Error(`CI is "true", and ${sentence}`)
  const root = project.vitest.getRootProject()
  root.provide("untested", { ...root.getProvidedContext().untested, [name]: sentence })
}

/** Whether it was noted before, for this project or another one of the run. */
export function isUntested(project: TestProject, name: ProgramName): boolean {
  return project.vitest.getRootProject().getProvidedContext().untested?.[name] !== undefined
}

/** Tells, once for all projects of a run and below its summary, what was left untested. */
export function tellUntested(project: TestProject): void {
  const root = project.vitest.getRootProject()
  const sentences = Object.values(root.getProvidedContext().untested ?? {})
  root.provide("untested", {})
  for (const sentence of sentences) console.warn(`*** NOT TESTED: ${sentence}`)
}
