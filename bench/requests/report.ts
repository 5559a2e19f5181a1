import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus, release } from "node:os"
import { table, writeResults, writeSection } from "../results.ts"
import { barChart } from "./chart.ts"
import type { Figures, Pace, Spread } from "./measure.ts"
import { type Framework, GROUPS, type StoreName } from "./target.ts"
import { WORKS } from "./work.ts"

/** One group's figures for one work, and where and how they came about. */
export interface Measured {
  readonly framework: Framework
  readonly store: StoreName
  readonly work: string
  readonly pace: Pace
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly date: string
  readonly figures: readonly Figures[]
}

/** Takes the new figures into those of earlier runs, a page's section and a file of JSON for each framework. */
export function report(fresh: readonly Measured[]): void {
  for (const framework of new Set(fresh.map((measured) => measured.framework))) {
    const name = `requests-${framework}`
    const file = new URL(`../results/${name}.json`, import.meta.url)
    const earlier = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Measured[]) : []
    const key = ({ store, work }: Measured): string => `${store} ${work}`
    const all = new Map(
      [...earlier, ...fresh.filter((measured) => measured.framework === framework)].map((measured) => [
        key(measured),
        measured,
      ]),
    )
    const order = WORKS.map((work) => work.name)
    const sorted = [...all.values()].sort((a, b) => order.indexOf(a.work) - order.indexOf(b.work))
    writeResults(`Requests on ${titleOf(framework)}`, name, sectionOf(sorted), sorted)
    const read = sorted.filter(({ work, store }) => work === "read" && store !== "cookie")
    if (read.length > 0) draw(framework, read)
  }
  writeSection("Beside the other libraries", comparisonOf(allMeasured()))
}

/** What was ever measured of each framework, and not measured again since. */
function allMeasured(): readonly Measured[] {
  const names = [...new Set(GROUPS.map(({ framework }) => `../results/requests-${framework}.json`))]
  const files = names.map((name) => new URL(name, import.meta.url)).filter((file) => existsSync(file))
  return files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Measured[])
}

/** Holdfast over every other library that the same work was measured on, and where it is not ahead. */
function comparisonOf(all: readonly Measured[]): string {
  const pairs = all.flatMap(({ framework, store, work, figures }) => {
    const ours = figures.find(({ library }) => library === "holdfast")
    const others = figures.filter(({ library }) => !NO_OTHERS.includes(library))
    return others.flatMap((other) => {
      if (!ours) return []
      const over = (name: "cpu" | "p99"): number => ours[name].median / other[name].median
      return [
        {
          what: `${framework}, ${store}: ${work}`,
          library: other.library,
          cpu: over("cpu"),
          p99: over("p99"),
        },
      ]
    })
  })
  const cell = (quotient: number): string =>
    quotient < 1 ? quotient.toFixed(2) : `**${quotient.toFixed(2)}**`
  const rows = pairs.map(({ what, library, cpu, p99 }) => [what, library, cell(cpu), cell(p99)])
  const count = (name: "cpu" | "p99"): number => pairs.filter((pair) => pair[name] < 1).length
  return [
    `holdfast over each other library, medians of the tables on this page: it takes less CPU in ${count("cpu")} of ${pairs.length} kinds of work, and has a shorter p99 in ${count("p99")}. Where it is not ahead the figure is bold.`,
    table([["", "beside", "CPU", "p99"], ...rows]),
  ].join("\n\n")
}

const NO_OTHERS: readonly string[] = ["bare", "empty", "holdfast", "near-cache"]

/** What the figures depend on. */
export function circumstances(): Pick<Measured, "machine" | "versions" | "date"> {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string }
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform} ${release()}`,
    versions: { node: process.version, holdfast: version, ...peerVersions() },
    date: new Date().toISOString().slice(0, 10),
  }
}

/** One measurement as lines for the terminal. */
export function linesOf({ framework, store, work, figures }: Measured): string {
  const rows = figures.map((row) => [row.library, ...cellsOf(row)])
  return `${framework} ${store}: ${work}\n${table([["", ...HEAD], ...rows])}\n`
}

const HEAD = ["CPU µs", "× bare", "requests/s", "p50 ms", "p99 ms", "lost writes"]

function cellsOf({ cpu, ratio, perSecond, p50, p99, lostWrites }: Figures): string[] {
  return [
    wide(cpu, 0),
    ratio.median ? wide(ratio, 2) : "",
    wide(perSecond, 0),
    p50.median.toFixed(2),
    p99.median.toFixed(2),
    lostWrites > 0 ? String(lostWrites) : "",
  ]
}

export function wide({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

function sectionOf(all: readonly Measured[]): string {
  const rows = all.flatMap(({ store, work, figures }) =>
    figures.map((row) => [
      row.library === figures[0]?.library ? `${work}, ${store}` : "",
      row.library,
      ...cellsOf(row),
    ]),
  )
  const works = WORKS.filter(({ name }) => all.some(({ work }) => work === name))
  const { machine, versions, date, pace } = all.at(-1)!
  const connections = works.map(
    ({ name, about, connections }) => `*${name}* ${about} (${connections} connections)`,
  )
  return [
    `The median, least and most of ${pace.rounds} rounds of ${pace.seconds} s, each in a new process after ${pace.warmUp} s to warm up, in ${pace.slices} slices that the targets take in turn. The server has a core for itself; the load and the store's server share another, on which the load never sleeps and the store's server goes first: to wake a sleeping process costs the one who wakes it, and more so the slower it is. CPU is that of the server's process. *bare* is the same page with one raw call of the same client in place of sessions, or none where none is needed: the limit. *empty* is that page behind a middleware that does nothing. Lost writes are answers that show that a parallel request's change was written over.`,
    `${connections.join("; ")}.`,
    `${machine}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}; ${date}.`,
    table([["", "", ...HEAD], ...rows]),
  ].join("\n\n")
}

function draw(framework: Framework, read: readonly Measured[]): void {
  const chart = barChart({
    title: `${titleOf(framework)}: what reading a session costs`,
    unit: "CPU µs a request",
    groups: read.map(({ store, figures }) => ({
      name: store,
      bars: figures.map(({ library, cpu }) => ({
        name: library,
        value: cpu.median,
        least: cpu.least,
        most: cpu.most,
      })),
    })),
  })
  mkdirSync(new URL("../results/", import.meta.url), { recursive: true })
  writeFileSync(new URL(`../results/requests-${framework}.svg`, import.meta.url), chart)
}

function peerVersions(): Record<string, string> {
  const names = ["express", "fastify", "koa", "hono", "redis", "pg"]
  const peers = Object.keys(
    (
      JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
        dependencies: object
      }
    ).dependencies,
  )
  const versions: Record<string, string> = {}
  for (const name of [...names, ...peers]) {
    const place = ["../node_modules/", "../../node_modules/"]
      .map((folder) => new URL(`${folder}${name}/package.json`, import.meta.url))
      .find((url) => existsSync(url))
    if (place) versions[name] = (JSON.parse(readFileSync(place, "utf8")) as { version: string }).version
  }
  for (const [name, command] of Object.entries({ "redis-server": "redis-server", PostgreSQL: "psql" }))
    versions[name] = /\d+\.\d+(?:\.\d+)?/.exec(outputOf(command, "--version"))?.[0] ?? "of unknown version"
  return versions
}

function outputOf(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8" })
  } catch {
    return ""
  }
}

function titleOf(framework: Framework): string {
  return framework[0]!.toUpperCase() + framework.slice(1)
}
