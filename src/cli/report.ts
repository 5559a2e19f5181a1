import type { Finding } from "../stores/backend.ts"

/** What doctor found, as scripts read it. */
export interface Report {
  /** Nothing of it is a problem. */
  readonly isFine: boolean
  readonly findings: readonly Pick<Finding, "name" | "value" | "problem" | "remark">[]
}

export function reportOf(findings: readonly Finding[]): Report {
  return {
    isFine: findings.every(({ problem }) => problem === undefined),
    findings: findings.map(({ isUnwritable: _, ...shown }) => shown),
  }
}

/** The report for people: a line for each finding, and below it what to do or to know. */
export function linesOf({ findings }: Report): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length)) + 2
  return findings
    .map(({ name, value, problem, remark }) => {
      const sign = problem ? "✗" : remark ? "!" : "✓"
      const notes = [problem, remark].filter((note) => note !== undefined)
      return [`${sign} ${name.padEnd(width)}${value}`, ...notes].join("\n    ")
    })
    .join("\n")
}
