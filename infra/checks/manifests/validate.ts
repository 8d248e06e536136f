/** Judges a value, and leaves what it found as `errors` on itself. */
export type Validate = (value: unknown) => boolean;
