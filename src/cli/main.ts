#!/usr/bin/env node
import { execute } from "./program.ts"

// `holdfast list … | head` ends when head has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit()
  throw error
})

process.exitCode = await execute(process.argv.slice(2), process)
// What a client left open, such as a socket to a server that no longer answers, must not keep the process.
setTimeout(() => process.exit(), 500).unref()
