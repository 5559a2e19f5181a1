export type { IoRedisClient, NodeRedisClient, RedisClient } from "./client.ts"
export { type RedisStoreOptions, redisStore } from "./store.ts"
