/** A statement of a migration that may be what the rules refuse. */
export type Exception = {
  migration: string;
  /** How the statement begins, as a fault shows it. */
  statement: string;
  /** Why the version before goes on, and nobody waits. */
  reason: string;
};

export const EXCEPTIONS: readonly Exception[] = [];
