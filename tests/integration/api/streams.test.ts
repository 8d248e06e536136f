import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createQueue, type Teller } from '@flotilla/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventSourceRead, openEventSource, waitFor } from '../../harness/index.ts';
import { type Api, claim, commitStep, problem, problemIn, type RunningMission, startApi } from './fixture.ts';

let api: Api;
let teller: Teller;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  api = resources.use(await startApi());
  const queue = createQueue({ backend: { kind: 'postgres', url: api.databaseUrl }, onError: () => undefined });
  resources.defer(() => queue.close());
  teller = queue.openTeller();
});
afterAll(() => resources.disposeAsync());

type Opened = { after?: string; lastEventId?: string; key?: string; url?: string };

const open = (id: string, { after, lastEventId, key = api.key, url = api.url }: Opened = {}) =>
  openEventSource(`${url}/v1/missions/${id}/events${after === undefined ? '' : `?after=${after}`}`, {
    authorization: `Bearer ${key}`,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  });

const seenOf = ({ seen }: EventSourceRead, count: number) =>
  waitFor(() => (seen.length >= count ? seen : undefined), { timeoutMs: 30_000, what: `${count} events` });

const idsOf = ({ seen }: EventSourceRead) => seen.flatMap(({ id }) => (id === null ? [] : Number(id)));

async function complete({ missionId, attempt }: RunningMission): Promise<void> {
  await api.db.lease.leave({ missionId, attempt, status: 'completed', output: 'done' });
}

describe('a stream of events', () => {
  it('brings what was, then what comes, each once and numbered, and ends after the terminal event', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    const stream = await open(id);
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    await seenOf(stream, 2);
    await commitStep(api, running, { number: 1, text: 'a' });
    await complete(running);
    await stream.ended;
    const page = (await api.call('GET', `/v1/missions/${id}/events`)).body.data;
    expect(stream.seen.map(({ data }) => data)).toEqual(page);
    expect(stream.seen.map(({ id: number, event }) => [Number(number), event])).toEqual(
      page.map(({ sequence, type }) => [sequence, type]),
    );
    expect(stream.seen.at(-1)?.event).toBe('mission.completed');
  });

  it('goes on after the last id that was seen, whatever the address says, and has no more for who has everything', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    await commitStep(api, running, { number: 1, text: 'a' });
    await complete(running);
    const from = async (opened: Opened) => {
      const stream = await open(id, opened);
      await stream.ended;
      return { status: stream.status, ids: idsOf(stream) };
    };
    expect(await from({})).toEqual({ status: 200, ids: [1, 2, 3, 4] });
    expect(await from({ after: '2' })).toEqual({ status: 200, ids: [3, 4] });
    expect(await from({ after: '0', lastEventId: '3' })).toEqual({ status: 200, ids: [4] });
    expect(await from({ after: '0', lastEventId: '4' })).toEqual({ status: 204, ids: [] });
  });

  it('goes on from the newest event for who names one that is not there yet, and ends', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    const streams = [await open(id, { after: '999' }), await open(id, { lastEventId: '3' })];
    await complete(running);
    teller.events(id);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.map((stream) => [stream.status, ...idsOf(stream)])).toEqual([
      [200, 3],
      [200, 3],
    ]);
  });

  it('has what the model writes in between, without ids, and only from who follows that mission', async () => {
    const id = await api.post();
    const other = await api.post();
    const running = await claim(api, id);
    const [stream, another] = [await open(id), await open(other)];
    const write = (missionId: string, offset: number, text: string) =>
      teller.delta({ missionId, step: 1, attempt: 1, try: 1, offset, text });
    const second = { step: 1, attempt: 1, try: 1, offset: 3, text: 'lo\n\nid: 7\u2028' };
    const secondOf = ({ seen }: EventSourceRead) => seen.find(({ data }) => isDeepStrictEqual(data, second));
    // Until its listener is connected and was heard; and any of them may get lost.
    await waitFor(
      async () => {
        write(id, 0, 'Hel');
        write(id, second.offset, second.text);
        await sleep(50);
        return secondOf(stream);
      },
      { timeoutMs: 30_000, what: 'the second delta' },
    );
    await commitStep(api, running, { number: 1, text: 'Hello' });
    await complete(running);
    teller.events(id);
    await stream.ended;
    expect(secondOf(stream)).toMatchObject({ id: null, event: 'delta' });
    expect(idsOf(stream)).toEqual([1, 2, 3, 4]);
    expect(another.seen.map(({ event }) => event)).toEqual(['mission.queued']);
    another.close();
  });

  it('ends when its process stops, and goes on at another with nothing lost and nothing twice', async () => {
    const second = await api.startProcess();
    const id = await api.post();
    const running = await claim(api, id);
    const stream = await open(id, { url: second.ready[1] ?? '' });
    await seenOf(stream, 2);
    const startedAt = performance.now();
    const stopped = second.stop();
    await stream.ended;
    // Streams would outlast the ten seconds that a request gets.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect((await stopped).code).toBe(0);
    await commitStep(api, running, { number: 1, text: 'a' });
    const rest = await open(id, { lastEventId: String(idsOf(stream).at(-1)) });
    await complete(running);
    await rest.ended;
    expect([...idsOf(stream), ...idsOf(rest)]).toEqual([1, 2, 3, 4]);
  }, 120_000);

  it('ends when its key is revoked, and not before', async () => {
    const key = await api.newKey(api.accountId);
    const [revoked, other] = await Promise.all([open(await api.post(), { key }), open(await api.post())]);
    await seenOf(revoked, 1);
    let isOver = false;
    void revoked.ended.then(() => (isOver = true));
    await sleep(1_500);
    expect(isOver).toBe(false);
    await api.sql.query('UPDATE api_keys SET revoked_at = now() WHERE prefix = $1', [key.slice(0, 16)]);
    const { rowCount } = await api.sql.query('SELECT FROM api_keys WHERE revoked_at IS NOT NULL');
    expect(rowCount).toBe(1);
    await revoked.ended;
    expect(other.comments).toEqual([]);
    other.close();
  });

  it('is not opened for what is no id, from no place, or with the parameters of a page', async () => {
    const id = await api.post();
    const call = (path: string, headers: Record<string, string> = {}) =>
      api.call('GET', path, { headers: { accept: 'text/event-stream', ...headers } });
    expect(problemIn(await call('/v1/missions/x/events'))).toEqual(problem(404, 'not_found'));
    for (const lastEventId of ['x', '-1', '1.5', '99999999999']) {
      const answer = await call(`/v1/missions/${id}/events`, { 'last-event-id': lastEventId });
      expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    }
    for (const query of ['limit=5', 'cursor=x', 'after=x']) {
      expect(problemIn(await call(`/v1/missions/${id}/events?${query}`))).toEqual(problem(422, 'invalid_request'));
    }
    const head = await api.call('HEAD', `/v1/missions/${id}/events`, { headers: { accept: 'text/event-stream' } });
    expect({ status: head.status, type: head.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/event-stream; charset=utf-8',
    });
  });
});

describe('a request for the result', () => {
  const result = (id: string, wait: number) => api.call('GET', `/v1/missions/${id}/result?wait=${wait}`);

  it('waits for the end, and is answered with it at once', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    const waiting = result(id, 30).then((answer) => ({ answer, at: performance.now() }));
    await sleep(1_500);
    await complete(running);
    const endedAt = performance.now();
    teller.events(id);
    const { answer, at } = await waiting;
    expect(answer).toMatchObject({ status: 200, body: { id, status: 'completed', output: 'done' } });
    expect(at - endedAt).toBeLessThan(5_000);
    expect(await result(id, 30)).toMatchObject({ status: 200, body: answer.body });
  });

  it('is told of a cancel by whichever process it came through', async () => {
    const id = await api.post();
    const waiting = result(id, 30);
    await sleep(300);
    await api.call('POST', `/v1/missions/${id}/cancel`);
    expect(await waiting).toMatchObject({ status: 200, body: { id, status: 'cancelled', output: null } });
  });

  it('is answered with where the mission stands when it has not ended by then', async () => {
    const id = await api.post();
    const startedAt = performance.now();
    expect(await result(id, 1)).toMatchObject({ status: 202, body: { id, status: 'queued', output: null } });
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(await result(id, 0)).toMatchObject({ status: 202 });
    for (const wait of ['-1', '3600', 'x']) {
      const answer = await api.call('GET', `/v1/missions/${id}/result?wait=${wait}`);
      expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    }
  });
});
