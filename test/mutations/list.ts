import { RULE_MUTATIONS } from "../protocol/switches.ts"
import { ADAPTER_MUTATIONS } from "./adapters.ts"
import { CACHE_MUTATIONS } from "./caches.ts"
import { CLI_MUTATIONS } from "./cli.ts"
import { CORE_MUTATIONS } from "./core.ts"
import { DJANGO_MUTATIONS } from "./django.ts"
import { DYNAMODB_MUTATIONS } from "./dynamodb.ts"
import { FILE_MUTATIONS } from "./files.ts"
import type { Mutation } from "./mutation.ts"
import { REDIS_MUTATIONS } from "./redis.ts"
import { SQL_MUTATIONS } from "./sql.ts"
import { STORE_MUTATIONS } from "./stores.ts"
import { TESTING_MUTATIONS } from "./testing.ts"

export const MUTATIONS: readonly Mutation[] = [
  ...RULE_MUTATIONS,
  ...CORE_MUTATIONS,
  ...ADAPTER_MUTATIONS,
  ...STORE_MUTATIONS,
  ...SQL_MUTATIONS,
  ...REDIS_MUTATIONS,
  ...FILE_MUTATIONS,
  ...CACHE_MUTATIONS,
  ...DYNAMODB_MUTATIONS,
  ...DJANGO_MUTATIONS,
  ...CLI_MUTATIONS,
  ...TESTING_MUTATIONS,
]
