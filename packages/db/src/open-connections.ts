import type pg from 'pg';

/**
 * Opens connections of a pool ahead of their use. A process that is new among others is sent every request at first, and
 * those would all wait for the same few logins.
 * @throws Error when one cannot be opened; the others stay
 */
export async function openConnections(pool: pg.Pool, count: number): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => pool.connect()));
  for (const one of opened) if (one.status === 'fulfilled') one.value.release();
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
