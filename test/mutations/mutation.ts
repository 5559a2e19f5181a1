/** A file of src/, what to look for in it (it is there once), what to put in its place, and the tests that must notice. */
export type Mutation = readonly [
  file: string,
  from: string,
  to: string,
  /** Parts of the names of files in test/, with blanks between them, and after `-t` the part of a test's name that is enough. */
  tests: string,
]

/** The tests that must notice a mutation. */
export interface Tests {
  /** Parts of names of files in test/. */
  readonly files: readonly string[]
  /** A pattern for the names of tests. */
  readonly pattern?: string
  /** The stores that are tested, if not those that the files describe. */
  readonly stores?: string
}

/** How tests ended: `why` is the first failure. */
export interface Check {
  readonly isPassed: boolean
  readonly why: string
}

export function testsOf(text: string): Tests {
  const [files = "", pattern] = text.split(" -t ")
  return { files: files.split(" "), ...(pattern !== undefined && { pattern }) }
}

/** A source with the mutation in it. */
export function broken(source: string, [, from, to]: Mutation): string {
  return source.replace(from, () => to)
}

/** A mutation on one line. */
export function described([file, from, to, tests]: Mutation): string {
  const [before, after] = [from, to].map((text) => text.replaceAll(/\s+/g, " ").slice(0, 60))
  return `${file}: ${before} → ${after || "nothing"} (${tests})`
}
