import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { findFreePort } from '../../harness/free-port.ts';
import { MISSIONS, missionBell, openBench, openDoor, until } from './bench.ts';
import { openPrivateRedis } from './private-redis.ts';

/** A Redis of our own, an operator's connection to it, and a queue on it. */
async function open() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await openPrivateRedis());
  const operator = stack.adopt(new Redis(server.url), (client) => client.disconnect());
  const bench = stack.use(openBench({ backend: { kind: 'redis', url: server.url }, prefix: 'faults' }));
  return { server, operator, bench, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('the queue on a Redis in trouble', () => {
  it.each([
    {
      trouble: 'is read-only',
      begin: async (operator: Redis) => operator.replicaof('127.0.0.1', await findFreePort()),
      end: (operator: Redis) => operator.replicaof('NO', 'ONE'),
    },
    {
      trouble: 'refuses scripts',
      begin: (operator: Redis) => operator.acl('SETUSER', 'default', '-evalsha', '-eval'),
      end: (operator: Redis) => operator.acl('SETUSER', 'default', '+@all'),
    },
  ])('rests instead of spinning while Redis $trouble, and hears again after', async ({ begin, end }) => {
    await using world = await open();
    const { bench, operator } = world;
    const { heard } = bench.listen({ concurrency: 4, handle: () => sleep(20) });
    // With more waiting, a worker asks again as soon as it was refused: 1,500 times a second here.
    await bench.queue.ringAll(Array.from({ length: 2_000 }, (_, index) => missionBell(`mis_load_${index}`)));
    await until(() => heard.length > 20, 'the first bells heard');
    await begin(operator);
    await sleep(4_000);
    expect(await bench.queue.ring(missionBell('mis_2'))).toBe(false);
    expect(bench.errors.reduce((sum, { repeated }) => sum + 1 + repeated, 0)).toBeLessThan(200);
    expect(bench.errors.length).toBeLessThan(30);
    await end(operator);
    const before = heard.length;
    await until(() => heard.length > before + 20, 'heard again');
  });

  it('refuses rings in bounded time while Redis is frozen, and goes on when it thaws', async () => {
    await using world = await open();
    const { bench, server } = world;
    const { heard } = bench.listen();
    await bench.queue.ring(missionBell('mis_1'));
    await until(() => heard.length === 1, 'the first bell heard');
    process.kill(server.pid(), 'SIGSTOP');
    try {
      const startedAt = performance.now();
      const rung = await Promise.all(
        Array.from({ length: 300 }, (_, index) => bench.queue.ring(missionBell(`x_${index}`))),
      );
      expect(rung).not.toContain(true);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      await sleep(3_000);
      expect(await bench.queue.ring(missionBell('mis_frozen'))).toBe(false);
    } finally {
      process.kill(server.pid(), 'SIGCONT');
    }
    let ring = 1;
    await until(async () => {
      ring += 1;
      await bench.queue.ring(missionBell('mis_2', { ring }));
      await sleep(100);
      return heard.includes('mis_2');
    }, 'heard again');
  });

  it('survives the loss of everything while a handler runs', async () => {
    await using world = await open();
    const { bench, operator } = world;
    const door = openDoor();
    const { heard } = bench.listen({ handle: () => door.passed });
    await bench.queue.ringAll([missionBell('mis_1'), missionBell('mis_2')]);
    await until(() => heard.length === 1, 'one bell taken');
    await operator.flushall();
    expect(await bench.queue.depth(MISSIONS)).toBe(0);
    door.open();
    await bench.queue.ring(missionBell('mis_2', { ring: 2 }));
    await until(() => heard.includes('mis_2'), 'the lost bell, rung again, heard');
  });

  it('tells of the bells that a full Redis does not take, while it answers all that is asked', async () => {
    await using world = await open();
    const { bench, operator } = world;
    expect(await bench.queue.ring(missionBell('mis_1'))).toBe(true);
    await operator.config('SET', 'maxmemory', '1');
    expect(await bench.queue.ringAll([missionBell('mis_2'), missionBell('mis_3')])).toBe(0);
    await bench.queue.ping();
    expect(await bench.queue.counts(MISSIONS)).toMatchObject({ waiting: 1 });
    expect(bench.told).toEqual({ rung: 1, lost: 2 });
  });

  it('warns once of a Redis that evicts, and works all the same', async () => {
    await using server = await openPrivateRedis();
    const operator = new Redis(server.url);
    await operator.config('SET', 'maxmemory-policy', 'allkeys-lru');
    operator.disconnect();
    await using bench = openBench({ backend: { kind: 'redis', url: server.url }, prefix: 'faults' });
    await until(() => bench.warnings.length > 0, 'the warning');
    expect(bench.warnings).toEqual([expect.stringContaining('noeviction')]);
    expect(await bench.queue.ring(missionBell('mis_1'))).toBe(true);
  });
});
