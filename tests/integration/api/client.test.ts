import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createClient, type StreamItem } from '@flotilla/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, claim, commitStep, startApi } from './fixture.ts';
import { type Link, startLink } from './link.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = join(ROOT, 'packages/client/src');

let api: Api;
/** The wire between the client and the API. */
let link: Link;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  api = resources.use(await startApi());
  link = resources.use(await startLink({ host: '127.0.0.1', port: api.port }));
});
afterAll(() => resources.disposeAsync());

const connect = (options: Partial<Parameters<typeof createClient>[0]> = {}) =>
  createClient({ apiKey: api.key, baseUrl: `http://127.0.0.1:${link.port}`, ...options });

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  );

async function complete(missionId: string): Promise<void> {
  const { attempt } = await claim(api, missionId);
  await api.db.lease.leave({ missionId, attempt, status: 'completed', output: 'done' });
}

describe('the types', () => {
  it('are those of the API’s own document', async () => {
    const { text: document } = await api.call('GET', '/openapi.json', { key: null });
    const generator = spawn(process.execPath, [join(ROOT, 'infra/checks/client-types/main.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    generator.stdin.end(document);
    const generated = await text(generator.stdout);
    await expect(generated).toMatchFileSnapshot(join(SOURCE, 'generated/api.ts'));
  });

  it('leave out no route: whatever the API does for clients, the client can ask for', async () => {
    const { body } = await api.call('GET', '/openapi.json', { key: null });
    const code = globSync('*.ts', { cwd: SOURCE }).map((path) => readFileSync(join(SOURCE, path), 'utf8'));
    const routes = Object.entries(body['paths'] as Record<string, object>)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.filter((route) => !code.some((file) => file.includes(`'${route}'`)))).toEqual([]);
  });
});

describe('the client', () => {
  it('starts a mission once, though the answer to it got lost', async () => {
    let lost = 0;
    const client = connect({
      async fetch(...request) {
        const response = await fetch(...request);
        if (lost === 2) return response;
        lost += 1;
        throw new TypeError('fetch failed');
      },
    });
    const { id } = await client.missions.create({ goal: 'once', tags: ['once'] });
    const { rows } = await api.sql.query(`SELECT id FROM missions WHERE spec->>'goal' = 'once'`);
    expect(rows).toEqual([{ id }]);
    expect(lost).toBe(2);
  });

  it('deletes, though the answer to it got lost; and tells of what was not there to begin with', async () => {
    const client = connect();
    const url = 'https://receiver.example/hook';
    const { id } = await client.webhookEndpoints.create({ url, eventTypes: ['mission.completed'] });
    link.loseAnswer();
    await client.webhookEndpoints.delete(id);
    const gone = { code: 'not_found', status: 404 };
    expect(await failureOf(client.webhookEndpoints.get(id))).toMatchObject(gone);
    expect(await failureOf(client.webhookEndpoints.delete(id))).toMatchObject(gone);
  });

  it('reads one mission with a browser’s token, and nothing else', async () => {
    const owner = connect();
    const { id } = await owner.missions.create({ goal: 'a' });
    const other = await owner.missions.create({ goal: 'b' });
    const { token } = await owner.missions.createToken(id);
    const page = connect({ apiKey: token });
    expect(await page.missions.result(id)).toMatchObject({ id, finishedAt: null });
    const types: string[] = [];
    const [ended] = await Promise.all([
      page.missions.wait(id),
      (async () => {
        for await (const { type } of page.missions.stream(id)) types.push(type);
      })(),
      complete(id),
    ]);
    expect(ended).toMatchObject({ status: 'completed', output: 'done' });
    expect(types).toEqual(['mission.queued', 'mission.started', 'mission.completed']);
    const listed: string[] = [];
    for await (const { type } of page.missions.events(id, { limit: 2 })) listed.push(type);
    expect(listed).toEqual(types);
    expect(await failureOf(page.missions.result(other.id))).toMatchObject({ code: 'not_found' });
    for (const ask of [
      () => page.missions.get(id),
      () => page.missions.cancel(id),
      () => page.missions.list().page(),
    ]) {
      expect(await failureOf(ask())).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('reads the log of events page by page, and goes on later from where the last one ended', async () => {
    const { key } = await api.newAccount('books');
    const client = connect({ apiKey: key });
    const books: string[] = [];
    let cursor: string | null = null;
    async function readOn(): Promise<void> {
      for await (const page of client.events.list({ cursor: cursor ?? undefined, limit: 2 }).pages()) {
        books.push(...page.data.map(({ missionId, type }) => `${missionId} ${type}`));
        cursor = page.endCursor;
      }
    }
    // Whatever writes on this server at the same time holds the log back for a moment.
    const readUntil = (count: number) => {
      const isRead = async () => {
        await readOn();
        return books.length >= count;
      };
      return waitFor(isRead, { what: `${count} events` });
    };
    const ids: string[] = [];
    for (const goal of ['a', 'b', 'c']) ids.push((await client.missions.create({ goal })).id);
    await readUntil(3);
    await client.missions.cancel(ids[1] ?? '');
    await readUntil(4);
    expect(books).toEqual([...ids.map((id) => `${id} mission.queued`), `${ids[1]} mission.cancelled`]);
  });

  it('reads a list to its end, or as far as anybody wants', async () => {
    const client = connect();
    const { id: sessionId } = await client.sessions.create();
    const { data } = await client.missions.createBatch(['a', 'b', 'c', 'd', 'e'].map((goal) => ({ goal, sessionId })));
    // Made at one time, they are listed by their ids.
    const ids = data
      .map((item) => ('id' in item ? item.id : item.problem.code))
      .toSorted()
      .toReversed();
    const list = client.missions.list({ sessionId, limit: 2 });
    const seen: string[] = [];
    for await (const mission of list) seen.push(mission.id);
    expect(seen).toEqual(ids);
    const pages: string[][] = [];
    for await (const page of list.pages()) pages.push(page.data.map(({ id }) => id));
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(await list.page()).toMatchObject({ data: [{ id: ids[0] }, { id: ids[1] }], hasMore: true });
  });

  it('reads a file of a workspace, whatever its path is', async () => {
    const client = connect();
    const { id } = await client.missions.create({ goal: 'x' });
    const running = await claim(api, id);
    const file = { path: 'a folder/50% & more/ä?#.txt', content: Buffer.from([0, 255, 10]) };
    await api.db.workspace.change({ ...running, written: [file], removed: [] });
    expect(await client.missions.files.list(id).page()).toMatchObject({ data: [{ path: file.path, bytes: 3 }] });
    expect(Buffer.from(await client.missions.files.read(id, file.path))).toEqual(file.content);
  });

  it('says which fields are wrong, and what stands in the way', async () => {
    const client = connect();
    expect(await failureOf(client.missions.create({ goal: '', priority: 99 }))).toMatchObject({
      code: 'invalid_request',
      status: 422,
      requestId: expect.stringMatching(/^req_/),
      errors: [
        { path: '/goal', message: expect.any(String) },
        { path: '/priority', message: expect.any(String) },
      ],
    });
    expect(await failureOf(client.missions.get('mis_none'))).toMatchObject({ code: 'not_found', status: 404 });
    const { id } = await client.missions.create({ goal: 'x' });
    await client.missions.cancel(id);
    expect(await failureOf(client.missions.cancel(id))).toMatchObject({
      code: 'mission_ended',
      problem: { missionStatus: 'cancelled' },
    });
    const stranger = connect({ apiKey: 'fl_live_stranger' });
    expect(await failureOf(stranger.missions.get(id))).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('waits for the end, also while the API cannot be reached, and no longer than it is told', async () => {
    const client = connect();
    const { id } = await client.missions.create({ goal: 'x' });
    expect(await failureOf(client.missions.wait(id, { timeoutMs: 50 }))).toMatchObject({ code: 'timed_out' });
    const ended = client.missions.wait(id);
    await link.cut();
    await complete(id);
    await link.mend();
    expect(await ended).toMatchObject({ id, status: 'completed', output: 'done' });
  });

  it('follows a mission over broken connections: nothing lost, nothing twice, and over with the terminal event', async () => {
    const client = connect();
    const { id } = await client.missions.create({ goal: 'x' });
    const seen: StreamItem[] = [];
    const over = (async () => {
      for await (const item of client.missions.stream(id)) seen.push(item);
    })();
    const until = (count: number) =>
      waitFor(() => seen.length >= count, { what: `${count} events`, timeoutMs: 30_000 });
    await until(1);
    const running = await claim(api, id);
    await until(2);
    await link.cut();
    await commitStep(api, running, { number: 1, text: 'a' });
    await link.mend();
    await until(3);
    await link.cut();
    await api.db.lease.leave({ missionId: id, attempt: running.attempt, status: 'completed', output: 'done' });
    await link.mend();
    await over;
    expect(seen.map((item) => (item.kind === 'event' ? [item.sequence, item.type] : item))).toEqual([
      [1, 'mission.queued'],
      [2, 'mission.started'],
      [3, 'step.completed'],
      [4, 'mission.completed'],
    ]);
    const known: StreamItem[] = [];
    for await (const item of client.missions.stream(id, { after: 4 })) known.push(item);
    expect(known).toEqual([]);
  });

  it('hangs up when its reader leaves', async () => {
    const client = connect();
    const { id } = await client.missions.create({ goal: 'x' });
    const leaving = new AbortController();
    const read = (async () => {
      for await (const _ of client.missions.stream(id, { signal: leaving.signal })) leaving.abort(new Error('left'));
    })();
    await expect(read).rejects.toThrow('left');
    for await (const item of client.missions.stream(id)) {
      expect(item.type).toBe('mission.queued');
      break;
    }
  });

  it('answers what a mission asks, and makes new ones of it', async () => {
    const client = connect();
    const { id } = await client.missions.create({ goal: 'x' });
    const running = await claim(api, id);
    await commitStep(api, running, { number: 1, text: 'May I?' });
    const ask = { kind: 'approval' as const, step: 1, index: 0, request: {}, argumentsHash: 'h', expiresInMs: 60_000 };
    const reason = { code: 'awaiting_approval', message: 'it asks' };
    const parked = { waitingFor: { kind: 'approval' as const, detail: {} }, asks: [ask], children: [], tries: 0 };
    await api.db.lease.leave({ ...running, status: 'waiting', ...reason, ...parked });
    const { asks } = await client.missions.get(id);
    const askId = asks[0]?.id ?? '';
    expect(await client.missions.answer(id, { askId, answer: { decision: 'approved' } })).toMatchObject({
      status: 'queued',
    });
    expect(await client.missions.steps(id).page()).toMatchObject({ data: [{ number: 1, text: 'May I?' }] });
    await complete(id);
    expect(await client.missions.retry(id)).toMatchObject({ retryOf: id });
    expect(await client.missions.fork(id, { step: 0, patch: { goal: 'y' } })).toMatchObject({
      forkedFrom: id,
      goal: 'y',
    });
  });
});
