/** Room for one call to a provider with one of its keys. */
export type Permit = {
  /** The name of the key, as the gate was given it. */
  readonly key: string;
  /** `false`: it was waited with for so long that it may no longer be used, and has to be given back unused. */
  isFresh(): boolean;
  /** The call is over, or was never made. `tokens`: what it came to; `null`: nobody knows. Once. */
  release(outcome: { wasSent: boolean; tokens: number | null }): void;
};

/** Room, or how long it is likely to take until there is some. */
export type Admitted = { kind: 'permit'; permit: Permit } | { kind: 'wait'; afterMs: number };

/**
 * Lets calls to one provider through as its limits allow. Whether it counts for one process or for a whole fleet is its
 * own matter.
 */
export interface ProviderGate {
  /**
   * Waits for room, in line with everybody else, for at most `waitMs`; 0: takes what is there. `tokens` is the most the
   * call may come to.
   * @throws the signal's reason, when aborted
   */
  acquire(call: { tokens: number; waitMs: number; signal: AbortSignal }): Promise<Admitted>;
  /** The provider asked not to be called with this key for so long. */
  backOff(key: string, ms: number): void;
  /** Hands back what is held; nothing may be under way any more. */
  close(): Promise<void>;
}
