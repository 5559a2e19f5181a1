// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/testing: each law is to find something. */
export const TESTING_MUTATIONS: readonly Mutation[] = [
  ["testing/adapter-laws.ts", "failuresLaws(laws)\n", "", "planted/adapters"],
  ["testing/adapter-laws.ts", "await stage.close()", "", "planted/adapters"],

  [
    "testing/adapter-laws/concurrency.ts",
    'assert.equal((await visit("/")).body, keys.sort().join())',
    "",
    "planted/adapters",
  ],

  [
    "testing/adapter-laws/cookies.ts",
    'assert.equal(headers.get("cache-control"), "no-store")',
    "",
    "planted/adapters",
  ],
  [
    "testing/adapter-laws/cookies.ts",
    'assert.deepEqual(names.sort(), ["__Host-session", "theme"])',
    "",
    "planted/adapters",
  ],

  ["testing/adapter-laws/failures.ts", "assert.equal(isAnswered, false)", "", "planted/adapters"],
  [
    "testing/adapter-laws/failures.ts",
    'replaced.headers.get("etag") !== \'"secret"\'',
    "true",
    "planted/adapters",
  ],

  [
    "testing/adapter-laws/loading.ts",
    'assert.deepEqual([unseen.body, unseen.headers.get("vary")], ["unseen", null])',
    "",
    "planted/adapters",
  ],
  ["testing/adapter-laws/loading.ts", 'assert.equal(headers.get("vary"), null)', "", "planted/adapters"],

  ["testing/adapter-laws/responses.ts", "assert.equal(response.status, status)", "", "planted/adapters"],

  ["testing/adapter-laws/signing-in.ts", "assert.deepEqual(more, [])", "", "planted/adapters"],

  ["testing/adapter-laws/stage.ts", "if (failing.has(name)) throw", "if (false) throw", "laws/adapters"],

  [
    "testing/history/call.ts",
    "answer !== undefined && answer !== null && answer !== false",
    "answer !== undefined && answer !== null",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/call.ts",
    "return answer === null || answer === false",
    "return answer === null",
    "unit/judge-rules unit/judge.test",
  ],

  [
    "testing/history/deadlines.ts",
    "if (setters.length === 0) tell",
    "if (false) tell",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/deadlines.ts",
    "if (expiresAt + step <= read.at)\n",
    "if (false)\n",
    "unit/judge-rules unit/judge.test",
  ],
  ["testing/history/deadlines.ts", "later.call.end < read.begin &&", "", "unit/judge-rules unit/judge.test"],

  [
    "testing/history/drawing.ts",
    'marked.includes(call) ? "▶" : " "',
    '"▶"',
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/drawing.ts",
    "around.length <= MOST ? around : around.filter((call) => marked.includes(call))",
    "around.filter((call) => marked.includes(call))",
    "unit/judge-rules unit/judge.test",
  ],

  [
    "testing/history/ends.ts",
    "if (!mayHaveExpired(life, shownBy.at + (to - shownBy.begin)))",
    "if (false)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/ends.ts",
    "for (const call of done.left().slice(unseen))",
    "for (const call of done.left().slice(9e9))",
    "unit/judge-rules unit/judge.test",
  ],
  ["testing/history/ends.ts", "left[at] = undefined\n", "", "unit/judge-rules unit/judge.test"],

  [
    "testing/history/judge.ts",
    "!isOrderOpen(lives) || Array.isArray(explain(inOrder))",
    "false",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/judge.ts",
    "judgeRefusals(inOrder, writes, lives, tell)",
    "",
    "unit/judge-rules unit/judge.test",
  ],
  ["testing/history/judge.ts", "judgeLists(lists, written, tell)", "", "unit/judge-rules unit/judge.test"],

  [
    "testing/history/lists.ts",
    "else if (overtaken)\n",
    "else if (false)\n",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/lists.ts",
    "if (write?.call.given?.userId !== list.id)",
    "if (false)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/lists.ts",
    "last.begin > list.end && !shown.has",
    "false && !shown.has",
    "unit/judge-rules unit/judge.test",
  ],

  [
    "testing/history/lives.ts",
    "next && life.last.begin > next.first.end",
    "false",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/lives.ts",
    "children.every(({ call }) => isUnknown(call)) &&",
    "",
    "unit/judge-rules unit/judge.test",
  ],

  [
    "testing/history/order.ts",
    "if (done.length > 1)\n",
    "if (done.length > 2)\n",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/order.ts",
    "if (overtaken && sight.begin > overtaken.end)",
    "if (false)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/order.ts",
    "if (!presence.isPossible(call))",
    "if (false)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/order.ts",
    "if (life && life.last.begin > call.end)",
    "if (false)",
    "unit/judge-rules unit/judge.test",
  ],

  [
    "testing/history/recorder.ts",
    "ended(Number.POSITIVE_INFINITY)",
    "ended(sharedClock(), null)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/recorder.ts",
    "calls: () => [...ended, ...under]",
    "calls: () => [...ended]",
    "unit/judge-rules unit/judge.test",
  ],

  ["testing/history/search.ts", "if (call.begin > latest) break", "", "unit/judge-rules unit/judge.test"],
  [
    "testing/history/search.ts",
    "if (after.length === 0) return window",
    'if (after.length === 0) return "unknown"',
    "unit/judge-rules unit/judge.test",
  ],
  ["testing/history/search.ts", 'if (isTimed) return "unknown"', "", "unit/judge-rules unit/judge.test"],

  [
    "testing/history/sorted.ts",
    "best && weigh(best) < weigh(sorted[at]!)",
    "best && weigh(best) > weigh(sorted[at]!)",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/sorted.ts",
    "rank((known) => known < key) - 1",
    "rank((known) => known <= key) - 1",
    "unit/judge-rules unit/judge.test",
  ],

  ["testing/history/workload.ts", "random() < ENDS ? 0", "false ? 0", "unit/judge-rules unit/judge.test"],
  ["testing/history/workload.ts", "state ^= state >>> 17", "state = 0", "unit/judge-rules unit/judge.test"],

  ["testing/history/writes.ts", "other && other !== write", "false", "unit/judge-rules unit/judge.test"],
  [
    "testing/history/writes.ts",
    "!write || userId !== record.userId",
    "!write",
    "unit/judge-rules unit/judge.test",
  ],
  [
    "testing/history/writes.ts",
    "if (!(call.answer as Found).isCopy) write?.sights.push(call)",
    "write?.sights.push(call)",
    "unit/judge-rules unit/judge.test",
  ],

  ["testing/store-laws.ts", "versionsLaws(law)\n", "", "planted/stores"],
  ["testing/store-laws.ts", "await opened.close()", "", "planted/stores"],

  ["testing/store-laws/clearing.ts", "assert.ok(removed === 0 || removed >= 5)", "", "planted/stores"],
  [
    "testing/store-laws/clearing.ts",
    "for (const record of live) assert.deepEqual((await store.read(record.id))?.record, record)",
    "",
    "planted/stores",
  ],
  ["testing/store-laws/clearing.ts", "first <= 3 && rest >= 4", "true", "planted/stores"],

  ["testing/store-laws/creation.ts", "assert.equal(winners.length, 1)", "", "planted/stores"],
  [
    "testing/store-laws/creation.ts",
    'assert.equal(await store.replace({ ...again, payload: "late" }, version), undefined)',
    "",
    "planted/stores",
  ],
  [
    "testing/store-laws/creation.ts",
    'assert.equal(await store.replace({ ...record, payload: "back" }, version!), undefined)',
    "",
    "planted/stores",
  ],

  [
    "testing/store-laws/deadlines.ts",
    "assert.equal(await store.touch(record.id, soon(14_400), version), false)",
    "",
    "planted/stores",
  ],
  [
    "testing/store-laws/deadlines.ts",
    "assert.equal(await store.replace(late, versions[2]!), undefined)",
    "",
    "planted/stores",
  ],
  [
    "testing/store-laws/deadlines.ts",
    "await store.touch(touched.id, Date.now() - 10_000, before)",
    "await store.delete(touched.id)",
    "planted/stores",
  ],

  [
    "testing/store-laws/histories.ts",
    'recorded(store, "one process", recording.record)',
    "store",
    "planted/stores",
  ],

  ["testing/store-laws/records.ts", "assert.equal(await store.delete(id), false)\n", "", "planted/stores"],
  ["testing/store-laws/records.ts", 'userId: "Zoë 🦊 \'quoted\\" %_\\\\"', 'userId: "zoe"', "planted/stores"],

  ["testing/store-laws/stage.ts", '  "x".repeat(300_000),\n', "", "planted/stores"],
  ["testing/store-laws/stage.ts", ' \\ufeff")', '")', "planted/stores"],

  [
    "testing/store-laws/users.ts",
    "user.toUpperCase() }), newRecord()]",
    "`${user}y` }), newRecord()]",
    "planted/stores",
  ],
  [
    "testing/store-laws/users.ts",
    "await store.replace({ ...mine[1]!, userId: null }, versions[1]!)",
    "await store.delete(mine[1]!.id)",
    "planted/stores",
  ],

  [
    "testing/store-laws/versions.ts",
    'assert.equal(await store.replace({ ...record, payload: "late" }, first!), undefined)\n    assert.deepEqual',
    "assert.deepEqual",
    "planted/stores",
  ],
  [
    "testing/store-laws/versions.ts",
    'assert.equal((await store.read(record.id))?.record.payload, "10")',
    "",
    "planted/stores",
  ],
]
