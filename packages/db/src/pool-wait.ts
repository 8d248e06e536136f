/** A `pg.Pool`, as far as it matters here. */
type Connections = { readonly waitingCount: number; connect(): Promise<{ release(): void }> };

/**
 * How long a statement waits for a connection: one that asks like any other, and does nothing with it. How many wait says
 * little, since a thousand short statements are gone before ten slow ones. Nobody asks while nobody waits, and one at a
 * time.
 */
export function createPoolWait(pool: Connections, now: () => number = () => performance.now()): { look(): number } {
  let askedAt: number | null = null;
  let lastMs = 0;

  function ask(): void {
    const at = now();
    askedAt = at;
    function over(): void {
      lastMs = now() - at;
      askedAt = null;
    }
    // Given up, it has waited for as long as a statement may.
    pool.connect().then((connection) => {
      connection.release();
      over();
    }, over);
  }

  return {
    /** Starts to ask, where others wait. @returns in milliseconds, as far as it is known by now; 0 while nobody waits */
    look() {
      if (pool.waitingCount === 0) return 0;
      if (askedAt === null) ask();
      return Math.max(lastMs, askedAt === null ? 0 : now() - askedAt);
    },
  };
}
