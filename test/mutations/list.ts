import { ADAPTER_MUTATIONS } from "./adapters.ts"
import { CLI_MUTATIONS } from "./cli.ts"
import { CORE_MUTATIONS } from "./core.ts"
import type { Mutation } from "./mutation.ts"
import { STORE_MUTATIONS } from "./stores.ts"

export const MUTATIONS: readonly Mutation[] = [
  ...CORE_MUTATIONS,
  ...ADAPTER_MUTATIONS,
  ...STORE_MUTATIONS,
  ...CLI_MUTATIONS,
]
