import { describe, expect, it, vi } from "vitest"
import { advised } from "../../src/cli/advice.ts"
import { sentence } from "../../src/cli/failure.ts"
import { linesOf, reportOf } from "../../src/cli/report.ts"
import { skewFinding, skewOf } from "../../src/stores/clock-finding.ts"

describe("doctor's report", () => {
  it("marks problems and remarks, and aligns what it says of several servers", () => {
    const report = reportOf([
      { name: "connection", value: "there" },
      { name: "10.0.0.1:6379 memory", value: "1 MB", problem: "It is full" },
      { name: "10.0.0.11:6379 memory", value: "2 MB", remark: "It is nearly full" },
      { name: "server", value: "slave", problem: "It is a replica", remark: "It is old", isUnwritable: true },
    ])
    expect(linesOf(report)).toBe(
      [
        "✓ connection             there",
        "✗ 10.0.0.1:6379 memory   1 MB",
        "    It is full",
        "! 10.0.0.11:6379 memory  2 MB",
        "    It is nearly full",
        "✗ server                 slave",
        "    It is a replica",
        "    It is old",
      ].join("\n"),
    )
    expect(report.isFine).toBe(false)
    expect(JSON.stringify(report)).not.toContain("isUnwritable")
  })

  it("is fine with remarks alone, and with nothing", () => {
    expect(reportOf([{ name: "server", value: "new", remark: "It is new" }]).isFine).toBe(true)
    expect(linesOf(reportOf([]))).toBe("")
  })
})

describe("a store's clock", () => {
  it.each([
    [0, "the same as here", false],
    [-1.9, "1.9 s behind this machine", false],
    [2, "2 s ahead of this machine", false],
    [2.1, "2.1 s ahead of this machine", true],
    [-2.1, "2.1 s behind this machine", true],
  ])("that is %d seconds ahead is %s", (skew, value, isProblem) => {
    const finding = skewFinding(skew)
    expect([finding.value, finding.problem !== undefined]).toEqual([value, isProblem])
  })

  it("is compared with the middle of the question", async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ["Date"] })
    const skew = await skewOf(async () => {
      vi.setSystemTime(1_004_000)
      return 1_005_000
    })
    vi.useRealTimers()
    expect(skew).toBe(3)
  })
})

describe("what went wrong, in one sentence", () => {
  const failed = (message: string, cause?: unknown): Error => new Error(message, { cause })

  it.each([
    [failed("The disk is full."), "The disk is full"],
    [failed("It failed.", failed("the disk is full.\n")), "It failed: the disk is full"],
    [failed("It failed: the disk is full.", failed("the disk is full.")), "It failed: the disk is full"],
    [failed("Waiting..."), "Waiting..."],
    [failed("", undefined), "Error"],
    ["a text.", "a text"],
  ])("%s", (error, text) => {
    expect(sentence(error)).toBe(text)
    expect(advised(error)).not.toMatch(/(?<!\.)\.\.(?!\.)|\.:/)
  })

  it("adds nothing where the client says what to do", () => {
    const text = "memcached answered CLIENT_ERROR unauthenticated: start it without -Y"
    expect(advised(new Error(text))).toBe(text)
  })

  it.each([
    ["connect ECONNREFUSED 127.0.0.1:5432", "Nothing listens there"],
    ["getaddrinfo ENOTFOUND db", "host name is not known"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "more memory"],
    ["could not extend file: No space left on device", "more memory or disk"],
    ["The table 'holdfast_sessions' is full", "more memory or disk"],
    ["database or disk is full", "more memory or disk"],
    ["SERVER_ERROR out of memory storing object", "more memory"],
    ["READONLY You can't write against a read only replica.", "URL of the primary"],
    ["cannot execute INSERT in a read-only transaction", "URL of the primary"],
    ["The MariaDB server is running with the --read-only option", "URL of the primary"],
    ["attempt to write a readonly database", "URL of the primary"],
    ["NOPERM this user has no permissions to run the 'zadd' command", "the rights"],
    ["permission denied for table holdfast_sessions", "the rights"],
    ["INSERT command denied to user 'ada'@'localhost' for table 'holdfast_sessions'", "the rights"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "the user or the password"],
    ['password authentication failed for user "ada"', "the user or the password"],
    ["Access denied for user 'ada'@'localhost' (using password: YES)", "the user or the password"],
    ["sorry, too many clients already", "no more connections"],
    ["Too many connections", "no more connections"],
    ["ERR max number of clients reached", "no more connections"],
    ["connect ETIMEDOUT", "a firewall in the way"],
    ["no answer within 5000 ms", "Is a table locked"],
    ["something else", "Mend this first"],
  ])("advises after %j: %s", (message, advice) => {
    expect(advised(failed("The store failed", failed(message)))).toContain(advice)
  })
})
