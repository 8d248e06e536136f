import { expect, it } from 'vitest';
import { matchPath } from './match-path.ts';

it('a path is found by its pattern, with what stands for its names', () => {
  const patterns = ['/', '/queue/:queueName', '/queue/:queueName/:jobId'];
  expect(matchPath(patterns, '/')).toEqual({});
  expect(matchPath(patterns, '/queue/missions-a%20b')).toEqual({ queueName: 'missions-a b' });
  expect(matchPath(patterns, '/queue/q/1%')).toEqual({ queueName: 'q', jobId: '1%' });
  for (const path of ['', '/queue', '/queue/', '/queue/q/1/more', '/Queue/q']) {
    expect(matchPath(patterns, path)).toBeNull();
  }
});
