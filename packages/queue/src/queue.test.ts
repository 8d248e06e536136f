import { expect, it } from 'vitest';
import { createQueue } from './queue.ts';

const onError = () => undefined;

it.each(['a"; drop schema public', 'has space', '1st', 'x'.repeat(64)])('refuses %j as a Postgres schema', (prefix) => {
  const backend = { kind: 'postgres', url: 'postgres://127.0.0.1/flotilla' } as const;
  expect(() => createQueue({ backend, prefix, onError })).toThrow('schema');
});

it('refuses a Postgres URL that is none', () => {
  expect(() => createQueue({ backend: { kind: 'postgres', url: 'somewhere' }, onError })).toThrow('URL');
});

it('starts no consumer after close', async () => {
  const queue = createQueue({ backend: { kind: 'postgres', url: 'postgres://127.0.0.1/flotilla' }, onError });
  await queue.close();
  const consume = () => queue.consume({ job: 'delivery', concurrency: 1, handle: async () => undefined });
  expect(consume).toThrow('closed');
});
