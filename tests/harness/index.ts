export { baseEnv } from './base-env.ts';
export { createTestDatabase } from './database.ts';
export { endWaiters, hold, setForNewConnections, waiters } from './hold.ts';
export type { TestProcess } from './process.ts';
export { startProcess } from './process.ts';
export { racePoint } from './race-points.ts';
export { createRedisPrefix } from './redis.ts';
export { waitFor } from './wait-for.ts';
