import type { Address, Backend, Opening } from "../backend.ts"
import { URL_SCHEMES } from "./schemes.ts"

/** Opens the backend that the URL names. Its end is one, however often and from however many places it is asked for. */
export async function openBackend(address: Address, opening: Opening): Promise<Backend> {
  const scheme = Object.values(URL_SCHEMES).find(({ kind }) => kind === address.kind)!
  const { open } = await scheme.load()
  const { store, upkeep } = await open(address, opening)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= store.close()
    return closing
  }
  return { store: { ...store, close }, upkeep }
}
