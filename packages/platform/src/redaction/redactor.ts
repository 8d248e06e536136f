import { PLAIN_WORD, REDACTED, SECRET_PATTERNS } from './secret-patterns.ts';

/** Text beyond this is not kept: one log line must not cost a process its memory or its second. */
const KEPT_CHARS = 8_192;
/** Looked at beyond the cut, so that a secret lying across it is seen whole. No secret of ours is longer. */
const MARGIN_CHARS = 4_096;
/** A shorter value would blot out ordinary words. */
const SHORTEST_SECRET_CHARS = 6;

export type Redactor = {
  /** `text` without secrets, cut at 8,192 characters. Never throws. */
  text(text: string): string;
  /**
   * Hides this exact value, and its URL-encoded and JSON-escaped forms, from now on. Values of fewer than six
   * characters are ignored.
   * @returns forgets the value again, for secrets that a process holds only for a while
   */
  register(secret: string): () => void;
};

/** A plain loop: `some` would make a closure for each of a line's texts. */
function includesAny(text: string, parts: readonly string[]): boolean {
  for (const part of parts) if (text.includes(part)) return true;
  return false;
}

/** Hides secrets in text: what was registered, and what looks like one ({@link SECRET_PATTERNS}). */
export function createRedactor(): Redactor {
  const holders = new Map<string, number>();
  let longestFirst: readonly string[] = [];

  function count(form: string, by: 1 | -1): void {
    const left = (holders.get(form) ?? 0) + by;
    if (left > 0) holders.set(form, left);
    else holders.delete(form);
    // One secret may be the beginning of another, whose rest would stay behind.
    longestFirst = [...holders.keys()].toSorted((a, b) => b.length - a.length);
  }

  return {
    text(text) {
      const seen = text.length > KEPT_CHARS + MARGIN_CHARS ? text.slice(0, KEPT_CHARS + MARGIN_CHARS) : text;
      let clean = seen;
      for (const secret of longestFirst) clean = clean.replaceAll(secret, () => REDACTED);
      if (PLAIN_WORD.test(clean)) return clean;
      for (const { near, find, replaceBy } of SECRET_PATTERNS) {
        if (near === undefined || includesAny(clean, near)) clean = clean.replace(find, replaceBy);
      }
      if (seen.length === text.length && clean.length <= KEPT_CHARS) return clean;
      // The last stretch of an unfinished look may hold half a secret that no pattern knows.
      const sure = seen.length === text.length ? clean.length : Math.max(0, clean.length - MARGIN_CHARS);
      return `${clean.slice(0, Math.min(KEPT_CHARS, sure))}… [cut, ${text.length} characters]`;
    },

    register(secret) {
      if (secret.length < SHORTEST_SECRET_CHARS) return () => {};
      const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())]);
      for (const form of forms) count(form, 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        for (const form of forms) count(form, -1);
      };
    },
  };
}
