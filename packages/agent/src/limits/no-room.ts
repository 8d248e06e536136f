/**
 * The limits of the fleet have no room for a call. It says nothing about the provider or the step: no try of the step is
 * spent on it, and no patience.
 */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
  /** How long it is likely to take until there is some. */
  readonly afterMs: number;

  constructor(provider: string, afterMs: number) {
    super(`The limits for calls to ${provider} have no room for another one now`);
    this.afterMs = afterMs;
  }
}
