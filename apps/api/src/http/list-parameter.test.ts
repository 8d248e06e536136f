import { expect, it } from 'vitest';
import { listParameter } from './list-parameter.ts';

const parameter = listParameter(['queued', 'running', 'failed']);

it('takes one or several, each once', () => {
  expect(parameter.parse('failed')).toEqual(['failed']);
  expect(parameter.parse('running,queued,running')).toEqual(['running', 'queued']);
});

it.each(['', ',', 'queued,', 'Queued', 'queued, running', 'queued;running', '__proto__'])('refuses %j', (text) => {
  const parsed = parameter.safeParse(text);
  expect(parsed.error?.issues).toMatchObject([{ message: expect.stringContaining('queued, running, failed') }]);
});
