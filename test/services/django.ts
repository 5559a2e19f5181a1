import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { installPackages } from "./install.ts"
import { findProgram, type Server, startServer } from "./server.ts"

/** A site's settings, as far as they differ between tests. */
export interface DjangoSite {
  readonly engine: string
  readonly secretKey: string
  /** As in `DATABASES`. */
  readonly database: Readonly<Record<string, unknown>>
  /** As in `CACHES`. */
  readonly cache?: Readonly<Record<string, unknown>>
  readonly filePath?: string
  readonly useTz?: boolean
  readonly timeZone?: string
}

/** Starts a small Django site of its own process, its tables made; `undefined` when Django can't be had here. */
export async function startDjango(site: DjangoSite): Promise<Server | undefined> {
  const python = djangoPath()
  if (!python) return undefined
  const directory = fileURLToPath(new URL("../django/site/", import.meta.url))
  return startServer({
    name: "django",
    command: python,
    args: (port) => [`${directory}serve.py`, String(port)],
    env: { DJANGO_SITE: JSON.stringify(site), PYTHONDONTWRITEBYTECODE: "1" },
    isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/age`)).ok,
    url: (port) => `http://127.0.0.1:${port}`,
  })
}

/**
 * The path of a Python that has Django, installed if need be. Where it can't be had: `undefined` after a loud
 * word, so that its tests are skipped on a laptop; an error when `CI` is `true`.
 */
export function djangoPath(): string | undefined {
  const path = findDjango()
  if (path) return path
  const what = "Django is not installed and can't be installed here"
  if (process.env.CI === "true") throw new Error(what)
  console.warn(`\n*** SKIPPED: ${what}: sharing sessions with it is left untested ***\n`)
  return undefined
}

/** Debian's Python with all that the tests' site needs, installed if it must be. */
function findDjango(): string | undefined {
  const python = (): string | undefined => findProgram("python3", "/usr/bin")
  const isComplete = (): boolean => {
    const program = python()
    return (
      program !== undefined &&
      spawnSync(program, ["-c", "import django, django_redis, pymemcache, psycopg2, MySQLdb"]).status === 0
    )
  }
  return isComplete() || (installPackages(...PACKAGES) && isComplete()) ? python() : undefined
}

const PACKAGES = [
  "python3-django",
  "python3-django-redis",
  "python3-pymemcache",
  "python3-psycopg2",
  "python3-mysqldb",
]
