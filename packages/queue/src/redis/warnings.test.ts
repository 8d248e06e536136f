import { expect, it } from 'vitest';
import { redisWarnings } from './warnings.ts';

const info = (policy: string, version = '7.0.15') =>
  `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n`;

it('has nothing against a current server that never evicts', () => {
  expect(redisWarnings(info('noeviction'))).toEqual([]);
});

it('names the policy of a server that evicts', () => {
  expect(redisWarnings(info('allkeys-lru'))).toEqual([expect.stringContaining('allkeys-lru')]);
});

it('names the version of an old server', () => {
  expect(redisWarnings(info('noeviction', '5.0.9'))).toEqual([expect.stringContaining('5.0.9')]);
});

it('says nothing of what the server does not tell', () => {
  expect(redisWarnings('# Server\r\n')).toEqual([]);
});
