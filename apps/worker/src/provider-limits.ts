import type { KeyLimits } from '@flotilla/agent';
import { variable } from '@flotilla/platform';

/** Calls under way at once with one key, over the whole fleet. */
const CONCURRENCY_DEFAULT = 10;
const MOST = 1_000_000_000;
const NAMES = ['concurrency', 'requests', 'tokens'] as const;

/** What one key of a provider may be asked: `concurrency=10,requests=500,tokens=200000`, each of them optional. */
export function limitsVariable() {
  const expected = `a list such as concurrency=10,requests=500,tokens=200000: calls at once, requests and tokens a minute, each from 1 to ${MOST}`;
  return variable(expected, readLimits).default({ concurrency: CONCURRENCY_DEFAULT, requests: null, tokens: null });
}

function readLimits(text: string): KeyLimits | undefined {
  const read = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name = '', digits] = /^\s*(\w+)\s*=\s*(\d{1,10})\s*$/.exec(part) ?? [];
    const value = Number(digits);
    const isKnown = NAMES.some((known) => known === name) && !read.has(name);
    if (!isKnown || value < 1 || value > MOST) return undefined;
    read.set(name, value);
  }
  const { concurrency = CONCURRENCY_DEFAULT, requests = null, tokens = null } = Object.fromEntries(read);
  return { concurrency, requests, tokens };
}
