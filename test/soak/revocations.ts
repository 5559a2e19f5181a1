import { join } from "node:path"
import { createSessions } from "../../src/index.ts"
import { clockOffset, turnClock } from "./clock.ts"
import { startCrew } from "./crew.ts"
import type { RevocationAnswer, RevocationOrder } from "./revocations-worker.ts"
import { openStore } from "./store.ts"
import { cookieIn } from "./turns.ts"

/** What came of many revocations. All but `runs` and `stopped` must be 0. */
export interface RevocationsReport {
  runs: number
  /** Sessions that outlived the revocation, but the one that it spared. */
  survivors: number
  /** Sessions that it should have spared and did not. */
  unspared: number
  /** Logins that began after it, and were refused. */
  refused: number
  /** Logins under way that it stopped. */
  stopped: number
}

/** Eight sessions that rotate, renew and sign in on two processes whose clocks are ten minutes apart, and a revocation among them. */
export async function revocations(url: string, runs: number): Promise<RevocationsReport> {
  const store = await openStore(url)
  const sessions = createSessions({ store, timeout: 30 })
  const script = join(import.meta.dirname, "revocations-worker.ts")
  const offset = clockOffset()
  const clocks = [300, -300].map((skew) => ({ url, skew: clockOffset() + skew }))
  const crew = await startCrew<RevocationOrder, RevocationAnswer>(script, clocks)
  const report: RevocationsReport = { runs, survivors: 0, unspared: 0, refused: 0, stopped: 0 }

  async function signIn(userId: string | undefined): Promise<string> {
    const session = await sessions.open({}).load()
    Object.assign(session.data, { n: 1 })
    if (userId !== undefined) session.login(userId)
    return cookieIn((await sessions.commit(session)).headers)!
  }
  const open = (cookie: string) => sessions.open({ cookie }).load()

  async function oneRun(run: number): Promise<void> {
    const userId = `user ${process.pid} ${run}`
    const spared = await signIn(userId)
    const { id: except } = await open(spared)
    const [a, b, c, d, e, f] = await Promise.all(Array.from({ length: 6 }, () => signIn(userId)))
    const anonymous = await signIn(undefined)
    turnClock(1000)
    const mark = await sessions.mark(userId)
    const tasks = [
      [
        { task: "rotate", cookie: a },
        { task: "renew", cookie: b },
        { task: "login again", cookie: c },
        { task: "sign in", cookie: anonymous },
      ],
      [
        { task: "rotate", cookie: d },
        { task: "renew", cookie: e },
        { task: "login again", cookie: f },
        { task: "sign in", cookie: undefined },
      ],
    ] as const
    const answers = await crew.ask((worker) => ({
      pass: 1000,
      userId,
      mark,
      tasks: tasks[worker]!,
      ...(worker === run % 2 && { except }),
    }))
    const given = answers.flatMap(({ cookies }) => cookies)
    const living = await Promise.all(
      [a, b, c, d, e, f, ...given].map(async (cookie) => (await open(cookie!)).userId),
    )
    const listed = (await sessions.list(userId)).filter(({ id }) => id !== except)
    report.survivors += Math.max(living.filter((user) => user !== null).length, listed.length)
    report.stopped += answers.reduce((sum, { refused }) => sum + refused, 0)
    if ((await open(spared)).userId !== userId) report.unspared++

    const next = { pass: 0, userId, mark: await sessions.mark(userId) }
    const after = await crew.ask((worker) => ({
      ...next,
      tasks: worker === run % 2 ? [] : [{ task: "sign in", cookie: undefined }],
    }))
    report.refused += after.reduce((sum, { refused }) => sum + refused, 0)
  }

  try {
    for (let run = 0; run < runs; run++) await oneRun(run)
    return report
  } finally {
    turnClock(offset - clockOffset())
    await crew.end()
    await store.close()
  }
}
