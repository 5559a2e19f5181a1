import ours from "../../test/judge/requests/ours.ts"
import type { Pages } from "../../test/judge/requests/pages.ts"
import type { FrameworkName, Mount } from "../../test/judge/requests/sites.ts"
import type { SeenData } from "../../test/judge/requests/visit.ts"
import type { Library, StoreName } from "../requests/target.ts"

/** Which library is to be judged, and where it keeps its sessions. */
export interface LibraryPlan {
  readonly library: Library
  readonly store: StoreName
  /** The store's URL, where it has one. */
  readonly address: string
  /** Of @fastify/session: whether every request stores its session. @default true, as it is there */
  readonly isRolling?: boolean
}

/** A session in the words of another library. */
interface PeerPages {
  sight(request: unknown): { readonly id: string; readonly user: string | null; readonly data: SeenData }
  set(request: unknown, key: string, value: string): unknown
  login(request: unknown, reply: unknown, user: string): unknown
  /** Gives the session that a login begins a name of its own, where the library gives it none. */
  rename?(request: unknown): void
  logout(request: unknown): unknown
}

/** Sets a library up as its documentation says. */
export default async function prepare(plan: LibraryPlan, framework: FrameworkName): Promise<Mount> {
  if (plan.library === "holdfast") return ours(plan.store === "cookie" ? {} : { url: plan.address })
  const { default: pagesOf } = await import(`../peers/${framework}.js` as string)
  return async ({ app }): Promise<Pages> => {
    const peer: PeerPages = await pagesOf(plan, app)
    return {
      sight(request) {
        const { id, user, data } = peer.sight(request)
        return { id, user, data, isNew: user === null && Object.keys(data).length === 0 }
      },
      set: (request, key, value) => peer.set(request, key, value),
      async login(request, user, checkPassword) {
        await checkPassword()
        await peer.login(request, request, user)
        peer.rename?.(request)
      },
      logout: (request) => peer.logout(request),
    }
  }
}
