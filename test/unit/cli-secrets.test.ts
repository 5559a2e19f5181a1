import { describe, expect, it } from "vitest"
import { tell, withoutPasswords } from "../../src/cli/failure.ts"
import { printable } from "../../src/cli/printable.ts"
import { execute } from "../../src/cli/program.ts"
import type { Output, Streams } from "../../src/cli/streams.ts"

// What is typed on the command line comes back in errors: with passwords that were written without care, and with characters that
// steer a terminal.

async function said(...args: string[]): Promise<string> {
  const all: string[] = []
  const write = (text: string): boolean => all.push(text) > 0
  const streams = { stdin: process.stdin, stdout: { write }, stderr: { write } } as unknown as Streams
  expect(await execute(args, streams)).toBeGreaterThan(0)
  return all.join("")
}

const PASSWORDS = [
  "S3CRET",
  "pa'ss S3CRET",
  'pa"S3CRET',
  "p@S3CRET",
  "S3/CRET",
  "S3CRET\nS3CRET",
  "p:S3CRET",
  "`S3CRET`",
  "a&S3CRET",
]
const URLS = PASSWORDS.flatMap((password) => [
  `postgres://u:${password}@h/db`,
  `redis://:${password}@h`,
  `redis://${password}@h`,
  `mysql://u:${password}@h:1/db?x=1`,
  `postgres://u@h/db?x=1&password=${password.replace("&", "")}`,
  `postgres://u@h/db?sslpassword=${password.replace("&", "")}&x=1`,
])

describe("no password comes back", () => {
  it.each<[string, (url: string) => string[]]>([
    ["a command", (url) => [url]],
    ["an option that is none", (url) => [`--stor=${url}`, "list"]],
    ["an argument too many", (url) => ["clear-expired", "--store", "memory:", url]],
    ["an argument too many beside others", (url) => ["show", "--store", "memory:", "x", url, "y"]],
    ["a count", (url) => ["clear-expired", "--store", "memory:", "--batch-size", url]],
    ["another's place", (url) => ["--store", "http://x", "list", "--user", url, "--what"]],
    [
      "a store that is wrong",
      (url) => ["--store", `http${url.slice(url.indexOf(":"))}`, "list", "--user", "u"],
    ],
    [
      "a store that is wrong, and all of the error",
      (url) => ["--verbose", "--store", `${url}#x`, "list", "--user", "u"],
    ],
  ])("%s", async (_where, argsOf) => {
    for (const url of URLS) expect(await said(...argsOf(url))).not.toMatch(/S3|CRET/)
  })

  it("nor a secret of the environment that was typed too", async () => {
    process.env.DJANGO_SECRET_KEY = "django-S3CRET"
    try {
      expect(await said("show", "django-S3CRET", "x", "y")).not.toContain("S3CRET")
      expect(await said("django-S3CRET")).not.toContain("S3CRET")
    } finally {
      delete process.env.DJANGO_SECRET_KEY
    }
  })

  it("and what is none stays", () => {
    for (const text of [
      "at load (file:///srv/site/node_modules/@redis/client/dist/index.js:1:2)",
      "at async node:internal/x (file:///a/@b/c.js)",
      "The store redis://h:6379 can't be reached",
      "ada@example.com has no session",
    ])
      expect(withoutPasswords(text)).toBe(text)
    expect(withoutPasswords("postgres://u:p@h/db is wrong\nask ada@example.com")).toBe(
      "postgres://***@h/db is wrong\nask ada@example.com",
    )
    expect(withoutPasswords("see https://a.example/x?a=1 for more")).toBe(
      "see https://a.example/x?a=1 for more",
    )
  })
})

describe("nothing that was typed steers the terminal", () => {
  it.each<[string, (text: string) => string[]]>([
    ["a command", (text) => [text]],
    ["an option", (text) => [`--${text}`, "list"]],
    ["an argument", (text) => ["clear-expired", "--store", "memory:", text]],
    ["a count", (text) => ["clear-expired", "--store", "memory:", "--batch-size", text]],
    ["a store", (text) => ["--store", text, "list", "--user", "u"]],
    ["a user", (text) => ["--store", "memory:", "list", "--user", text]],
    ["a session", (text) => ["--store", "memory:", "show", text]],
    ["a session to end", (text) => ["--store", "memory:", "revoke", text]],
  ])("%s", async (_where, argsOf) => {
    for (const loud of [
      "\u001b[31m",
      "\r",
      "\u0007",
      "\u009b2J",
      "\u007f",
      "\u202e",
      "\u061c",
      "\u200b",
      "\u2028",
    ])
      expect(await said(...argsOf(`ev${loud}il`))).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  })
})

it("what failed is told without passwords, secrets and what steers a terminal, in full too", () => {
  for (const isVerbose of [false, true]) {
    let told = ""
    const stderr = { write: (text: string) => (told += text) } as unknown as Output
    const cause = new Error("at postgres://u:hunter2@h/db, with k3y, \u001b[31mred\u202e")
    expect(tell(new Error("It failed", { cause }), stderr, isVerbose, ["k3y"])).toBe(3)
    expect(told).toContain("It failed")
    expect(told).toContain("://***@h/db")
    expect(told).not.toMatch(/hunter2|k3y|\p{Cc}(?<!\n)|\u202e/u)
  }
})

it("what is nested without end is shown down to a depth", () => {
  const deep = (levels: number): unknown => {
    let value: unknown = 1
    for (let level = 0; level < levels; level++) value = [value]
    return value
  }
  expect(JSON.parse(printable(deep(100)))).toEqual(deep(100))
  expect(printable(deep(50_000))).toContain("nested deeper than 130 levels")
})
