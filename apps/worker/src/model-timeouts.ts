import type { CallTimings } from '@flotilla/agent';
import { isModelAllowed, MODEL_PATTERN } from '@flotilla/core';
import { variable } from '@flotilla/platform';

/** How long models may keep us waiting where the usual limits do not fit; the first that names a model holds. */
export type ModelTimeouts = readonly { model: string; timings: Partial<CallTimings> }[];

const MOST_SECONDS = 86_400;
const FIELDS = { first: 'firstTokenMs', next: 'nextTokenMs', thinking: 'reasoningMs', total: 'totalMs' } as const;

/**
 * `openai/local-* first=600 next=120, anthropic/claude-opus-5-5 thinking=900 total=1800`: seconds to the first token,
 * between tokens, while a model thinks unseen, and for the whole call, each of them optional.
 */
export function timeoutsVariable() {
  const expected = `a list such as openai/local-* first=600 next=120, anthropic/some-model thinking=900 total=1800: seconds from 1 to ${MOST_SECONDS}`;
  return variable(expected, readTimeouts).default([]);
}

function readTimeouts(text: string): ModelTimeouts | undefined {
  const timeouts: { model: string; timings: Partial<CallTimings> }[] = [];
  for (const entry of text.split(',')) {
    const [model = '', ...fields] = entry.trim().split(/\s+/);
    const timings = readTimings(fields);
    if (!MODEL_PATTERN.test(model) || timings === null) return undefined;
    timeouts.push({ model, timings });
  }
  return timeouts;
}

function readTimings(fields: readonly string[]): Partial<CallTimings> | null {
  const timings: Partial<CallTimings> = {};
  for (const field of fields) {
    const [, name, digits] = /^(first|next|thinking|total)=(\d{1,5})$/.exec(field) ?? [];
    const seconds = Number(digits);
    const key = Object.entries(FIELDS).find(([known]) => known === name)?.[1];
    if (key === undefined || timings[key] !== undefined || seconds < 1 || seconds > MOST_SECONDS) return null;
    timings[key] = seconds * 1_000;
  }
  return fields.length > 0 ? timings : null;
}

/** What holds for a model of this provider, by its name there. */
export function timingsOf(timeouts: ModelTimeouts, provider: string): (model: string) => Partial<CallTimings> {
  return (model) => timeouts.find((entry) => isModelAllowed(`${provider}/${model}`, [entry.model]))?.timings ?? {};
}
