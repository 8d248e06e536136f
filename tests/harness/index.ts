export { createTestDatabase } from './database.ts';
export type { TestProcess } from './process.ts';
export { startProcess } from './process.ts';
export { createRedisPrefix } from './redis.ts';
export { waitFor } from './wait-for.ts';
