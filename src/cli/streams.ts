/** What a run of the command line reads from and writes to; `process` will do. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
}

/** Where a command writes, and whether somebody watches. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }
