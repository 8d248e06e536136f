/** Upper bounds in seconds, each for what it measures: a bound where a decision is made, and few in between. */
export const BUCKETS = {
  /** Requests and statements: a millisecond to the statement timeout. */
  fast: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  /** Models, tools and receivers: ten milliseconds to the longest call there may be. */
  slow: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600],
} as const;

/** Rows of a batch, up to the largest there is. */
export const ROW_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500] as const;
