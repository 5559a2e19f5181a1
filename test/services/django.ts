import { fileURLToPath } from "node:url"
import { find } from "./programs.ts"
import { type Server, startServer } from "./server.ts"

/** A site's settings, as far as they differ between tests. */
export interface DjangoSite {
  /** The last part of `SESSION_ENGINE`, or a module of the test site's own: `accounts.sessions`. */
  readonly engine: string
  readonly secretKey: string
  /** As in `DATABASES`. */
  readonly database: Readonly<Record<string, unknown>>
  /** As in `CACHES`. */
  readonly cache?: Readonly<Record<string, unknown>>
  readonly filePath?: string
  readonly useTz?: boolean
  readonly timeZone?: string
  /** `DEFAULT_HASHING_ALGORITHM`, which Django 3.1 and 3.2 have. */
  readonly hashing?: "sha1" | "sha256"
}

/** Starts a small Django site of its own process, its tables made; `undefined` where there is no Django. */
export async function startDjango(site: DjangoSite): Promise<Server | undefined> {
  const python = find("django")
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
