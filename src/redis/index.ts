/** `rota/redis`: locks in Redis instead of the database. */
export type { RedisClient } from './connect.ts'
export { type RedisLockOptions, type RedisTarget, redisLocks } from './locks.ts'
