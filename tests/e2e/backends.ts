import type { Backend } from './fleet.ts';

/**
 * The queues that whole processes are played on. Both hold to one contract (`tests/contract/queue`), so what costs a minute
 * is played on Redis alone but by `npm run test:long`.
 */
export const BACKENDS: Backend[] = process.env['EVERY_BACKEND'] === '1' ? ['redis', 'postgres'] : ['redis'];
