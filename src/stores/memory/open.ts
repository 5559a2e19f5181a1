import { type Backend, unable } from "../backend.ts"
import { memoryStore } from "./store.ts"

/** The memory of this process. */
export function open(): Backend {
  const notHere = async (): Promise<never> => {
    throw unable("it ends with this process")
  }
  return {
    store: { ...memoryStore(), migrate: async () => {}, close: async () => {} },
    upkeep: {
      connected: async () => {},
      clock: async () => undefined,
      countExpired: notHere,
      deleteAll: notHere,
      inspect: async () => [
        { name: "memory", value: "kept in one process", problem: "Every restart signs everybody out" },
      ],
    },
  }
}
