/**
 * What the model leaves open, because the database may do one or the other. Alone, hardly anything is. In company, a sweep
 * passes by what somebody else has locked, and chooses from a snapshot that is older than its locks: it may leave out
 * what is `touched` by others, for the next sweep to find.
 */
export type Slack = {
  isAlone: boolean;
  touched: ReadonlySet<number>;
  /** The names in what the move came back with: of a sweep, what it took. */
  told: ReadonlySet<string>;
  /** What the move came back with. */
  outcome: unknown;
  /** Nobody hears of a paused mission that goes on: whether a sweep in company has passed it by is to be tried. */
  passesBy: boolean;
};

export const isTaken = ({ told }: Slack, number: number): boolean => told.has(String(number));
