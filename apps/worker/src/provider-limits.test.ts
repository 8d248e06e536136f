import { ConfigError, parseConfig } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limitsVariable } from './provider-limits.ts';

const schema = z.object({ OPENAI_LIMITS: limitsVariable() });
const read = (text?: string) => parseConfig(schema, { OPENAI_LIMITS: text }).OPENAI_LIMITS;

describe('the limits of a provider', () => {
  it('are ten calls at once for a key where nothing is said', () => {
    expect(read()).toEqual({ concurrency: 10, requests: null, tokens: null });
  });

  it('are read in any order, and what is left out is not limited', () => {
    expect(read('requests=500, concurrency=4')).toEqual({ concurrency: 4, requests: 500, tokens: null });
    expect(read('tokens=200000')).toEqual({ concurrency: 10, requests: null, tokens: 200_000 });
  });

  it.each(['requests', 'requests=0', 'requests=-5', 'rpm=500', 'requests=5,requests=6', 'requests=5;tokens=6'])(
    'that say nothing sensible stop the worker with a word on what they should be: %j',
    (text) => {
      expect(() => read(text)).toThrow(ConfigError);
      expect(() => read(text)).toThrow(/OPENAI_LIMITS must be a list such as concurrency=10/);
    },
  );
});
