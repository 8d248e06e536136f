import { ConfigError, parseConfig } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { timeoutsVariable, timingsOf } from './model-timeouts.ts';

const schema = z.object({ MODEL_TIMEOUTS: timeoutsVariable() });
const read = (text?: string) => parseConfig(schema, { MODEL_TIMEOUTS: text }).MODEL_TIMEOUTS;

describe('the time that models are given', () => {
  it('is the usual where nothing is said', () => {
    expect(timingsOf(read(), 'openai')('gpt-6-sol')).toEqual({});
  });

  it('is said for a model or for several, the first that fits holding', () => {
    const timeouts = read(
      'openai/local-70b first=900, openai/local-* first=600 next=120 , anthropic/a thinking=7 total=9',
    );
    expect(timingsOf(timeouts, 'openai')('local-70b')).toEqual({ firstTokenMs: 900_000 });
    expect(timingsOf(timeouts, 'openai')('local-8b')).toEqual({ firstTokenMs: 600_000, nextTokenMs: 120_000 });
    expect(timingsOf(timeouts, 'anthropic')('a')).toEqual({ reasoningMs: 7_000, totalMs: 9_000 });
    expect(timingsOf(timeouts, 'openai')('a')).toEqual({});
  });

  it.each(['openai/a', 'a first=5', 'openai/a first=0', 'openai/a soon=5', 'openai/a first=5 first=6', 'first=5'])(
    'that makes no sense stops the worker with a word on what it should be: %j',
    (text) => {
      expect(() => read(text)).toThrow(ConfigError);
      expect(() => read(text)).toThrow(/MODEL_TIMEOUTS must be a list such as openai\/local-\*/);
    },
  );
});
