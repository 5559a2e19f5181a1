/** A file of src/, what to look for in it (it is there once), what to put in its place, and the tests that must notice. */
export type Mutation = readonly [file: string, from: string, to: string, tests: string]
