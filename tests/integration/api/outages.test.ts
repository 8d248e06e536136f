import { describe, expect, inject, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Answer, type Api, startApi } from './fixture.ts';
import { type Link, startLink } from './link.ts';

type Linked = AsyncDisposable & { api: Api; link: Link };

/** An API whose way to its database, or to its queue, leads over a link that can be cut. */
async function startLinked(to: 'database' | 'queue'): Promise<Linked> {
  const resources = new AsyncDisposableStack();
  let link: Link | undefined;
  try {
    const api = await startApi(async (env) => {
      const url = new URL(to === 'database' ? env.DATABASE_URL : inject('redisUrl'));
      link = resources.use(await startLink({ host: url.hostname, port: Number(url.port) }));
      url.host = `127.0.0.1:${link.port}`;
      return {
        ...env,
        ...(to === 'database' ? { DATABASE_URL: url.href } : { REDIS_URL: url.href, QUEUE_PREFIX: `t${link.port}` }),
      };
    });
    resources.use(api);
    if (!link) throw new Error('there is no link');
    return { api, link, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function timed(calling: Promise<Answer>): Promise<Answer & { ms: number }> {
  const at = performance.now();
  return { ...(await calling), ms: performance.now() - at };
}

/** Far above what is promised (p99 < 100 ms, within 1 s): these runs share two cores with everything else. */
const QUICK_MS = 1_000;
const SOON_MS = 4_000;

describe('without its queue, the API', () => {
  it.each(['cut', 'stopUp'] as const)('accepts missions as fast as ever, and stays ready (%s)', async (how) => {
    await using linked = await startLinked('queue');
    const { api, link } = linked;
    await api.post();
    await link[how]();
    const took: number[] = [];
    for (let number = 0; number < 30; number++) {
      const answer = await timed(api.call('POST', '/v1/missions', { body: { goal: `goal ${number}` } }));
      expect(answer.status).toBe(202);
      took.push(answer.ms);
      expect((await api.call('GET', answer.headers.get('location') ?? '')).body.status).toBe('queued');
    }
    // Half of them: whoever waits for the queue does so every time, and one alone may meet a busy machine.
    expect(took.toSorted((a, b) => a - b)[15]).toBeLessThan(QUICK_MS);
    await waitFor(
      async () => {
        const { status, body } = await api.call('GET', '/readyz', { key: null });
        return status === 200 && body.status === 'ok' && body.checks.queue !== 'ok' && body.checks.database === 'ok';
      },
      { what: 'the missing queue to be reported, and nothing more' },
    );
    await link.mend();
    await waitFor(async () => (await api.call('GET', '/readyz', { key: null })).body.checks.queue === 'ok', {
      what: 'the queue to be back',
      timeoutMs: 20_000,
    });
  });

  it('starts all the same', async () => {
    await using linked = await startLinked('queue');
    await linked.link.cut();
    const another = await linked.api.startProcess();
    expect(another.ready[1]).toMatch(/^http/);
    expect((await another.stop()).code).toBe(0);
  });
});

describe('without its database, the API', () => {
  it.each(['cut', 'stopUp'] as const)(
    'says so soon, accepts nothing, lives on, and is back with it (%s)',
    async (how) => {
      await using linked = await startLinked('database');
      const { api, link } = linked;
      const id = await api.post();
      const before = await api.countRows();
      await link[how]();

      const answers = await Promise.all([
        timed(api.call('POST', '/v1/missions', { body: { goal: 'lost?' } })),
        timed(api.call('GET', `/v1/missions/${id}`)),
        timed(api.call('GET', '/v1/missions')),
        timed(api.call('POST', `/v1/missions/${id}/cancel`)),
      ]);
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.body.code).toBe('unavailable');
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(answer.ms).toBeLessThan(how === 'cut' ? SOON_MS : 2 * SOON_MS);
      }
      const live = await timed(api.call('GET', '/healthz', { key: null }));
      expect(live.status).toBe(200);
      expect(live.ms).toBeLessThan(QUICK_MS);
      await waitFor(async () => (await api.call('GET', '/readyz', { key: null })).status === 503, {
        what: 'readiness to end',
      });

      await link.mend();
      await waitFor(async () => (await api.call('POST', '/v1/missions', { body: { goal: 'x' } })).status === 202, {
        what: 'the database to be back',
        timeoutMs: 20_000,
      });
      await waitFor(async () => (await api.call('GET', '/readyz', { key: null })).status === 200, {
        what: 'readiness',
      });
      expect(await api.countRows()).toBeGreaterThan(before);
      expect(api.process.output()).not.toContain('a request failed');
    },
  );

  it('starts all the same, and is ready once it is there', async () => {
    await using linked = await startLinked('database');
    await linked.link.cut();
    const another = await linked.api.startProcess();
    const ready = () => fetch(`${another.ready[1]}/readyz`).then(({ status }) => status);
    expect(await ready()).toBe(503);
    await linked.link.mend();
    await waitFor(async () => (await ready()) === 200, { what: 'readiness', timeoutMs: 20_000 });
    expect((await another.stop()).code).toBe(0);
  });
});
