import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

// What tests start again and again, such as the command line, is compiled once.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node")

export default defineConfig({
  test: {
    globals: true,
    // These are for what hangs; a machine with much else to do may take many times longer than an idle one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // More than there are cores: a third of the time a test waits for servers.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "test/*.test.ts",
            "test/unit/**/*.test.ts",
            "test/security/**/*.test.ts",
            "test/orders/*.test.ts",
            "test/mutations/*.test.ts",
            "test/misuse/*.test.ts",
            "test/planted/*.test.ts",
            "test/drivers/*.test.ts",
          ],
        },
      },
      {
        extends: true,
        test: {
          name: "laws",
          include: ["test/laws/**/*.test.ts", "test/judge/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "operations",
          include: ["test/operations/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "django",
          include: ["test/django/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "runtimes",
          include: ["test/runtimes/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: "test/services/setup.ts",
        },
      },
    ],
  },
})
