import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type ModelServer, type Reply, startModelServer } from './model-server.ts';
import { type SeenToolCall, startToolServer, type ToolServer } from './tool-server.ts';

const MODEL = 'openai/gpt-test';
const SCHEMA = { type: 'object', properties: { article: { type: 'string' } }, required: ['article'] };

type Waiting = {
  status: string;
  statusReason: { code: string };
  waitingFor: { kind: string };
  asks: { id: string; kind: string; call: number; request: object }[];
};

const resources = new AsyncDisposableStack();
let models: ModelServer;
let tools: ToolServer;
let fleet: Fleet;
/** Opened by tests: what the server's tools wait for before they answer. */
let hold: Promise<void> | undefined;

/** Its first step calls every tool that its goal names, one after each comma; its second tells the results. */
function play({ goal, step, results }: { goal: string; step: number; results: string[] }): Reply {
  if (step > 1) return results.join(' | ');
  return goal.split(', ').map((name) => ({ name, input: { article: name === 'picky' ? 7 : 'sail' } }));
}

async function answer({ path }: SeenToolCall) {
  await hold;
  switch (path) {
    case '/text':
      return { headers: { 'content-type': 'text/plain' }, body: 'three' };
    case '/refusing':
      return { body: '{"content":"no such article","isError":true}' };
    case '/missing':
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'unknown article' };
    case '/moved':
      return { status: 307, headers: { location: `${tools.url}/elsewhere` } };
    case '/slow':
      return new Promise<never>(() => undefined);
    default:
      return { body: '{"count":3}' };
  }
}

const declare = (name: string, changes: object = {}) => ({
  name,
  description: `The tool ${name}`,
  inputSchema: SCHEMA,
  // As they answered, without marks around it.
  untrusted: false,
  url: `${tools.url}/${name}`,
  ...changes,
});
const declareForClient = (name: string, changes: object = {}) => {
  const { url: _, ...tool } = declare(name, changes);
  return tool;
};

beforeAll(async () => {
  models = resources.use(await startModelServer({ play }));
  tools = resources.use(await startToolServer(answer));
  const env = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl, WEBHOOK_LOOPBACK_PORTS: String(tools.port) };
  fleet = resources.use(await startFleet('postgres', env));
}, 180_000);
afterAll(() => resources.disposeAsync());

const post = async (declared: { name: string }[], more: object = {}): Promise<string> => {
  const goal = declared.map(({ name }) => name).join(', ');
  const { status, body } = await fleet.post({ goal, model: MODEL, tools: declared, ...more });
  expect({ status, body }).toMatchObject({ status: 202 });
  return body.id;
};
const callsOf = (missionId: string) => tools.calls.filter(({ body }) => body.includes(missionId));

function untilWaiting(missionId: string): Promise<Waiting> {
  return waitFor(
    async () => {
      const mission = await fleet.get<Waiting>(`/v1/missions/${missionId}`);
      return mission.status === 'waiting' ? mission : undefined;
    },
    { timeoutMs: 20_000, what: 'the mission to wait' },
  );
}

describe('tools that a mission brings along with their URLs', () => {
  it('are called signed, once each, and whatever they answer is a result', async () => {
    await using _worker = await fleet.startWorker();
    const own = `whsec_${randomBytes(32).toString('base64')}`;
    const missionId = await post(
      [
        declare('count'),
        declare('text'),
        declare('refusing'),
        declare('missing'),
        declare('moved'),
        declare('slow', { timeoutMs: 2_000, idempotent: true }),
        declare('picky'),
      ],
      { webhook: { url: `${tools.url}/hook`, secret: own } },
    );
    const { output } = await fleet.ended(missionId);
    const results = (output ?? '').split(' | ');
    expect(results.slice(0, 4)).toEqual([
      '{"count":3}',
      'three',
      'Error: no such article',
      'Error: missing answered HTTP 404:\nunknown article',
    ]);
    expect(results[4]).toContain('moved answered HTTP 307, a redirect');
    expect(results[5]).toBe('Error: slow timed out after 2 s.');
    expect(results[6]).toMatch(/The arguments are not valid:[\s\S]*article[\s\S]*picky was not run/);

    const calls = callsOf(missionId).filter(({ path }) => path !== '/hook');
    expect(calls.map(({ path }) => path).toSorted()).toEqual([
      '/count',
      '/missing',
      '/moved',
      '/refusing',
      '/slow',
      '/text',
    ]);
    for (const { body, headers } of calls) {
      const { data } = JSON.parse(body);
      const key = `m:${missionId}:1:${data.call}`;
      expect(headers).toMatchObject({ 'webhook-id': key, 'idempotency-key': key, 'user-agent': 'flotilla-tools/1' });
      for (const secret of [own, fleet.webhookSecret]) new Webhook(secret).verify(body, headers);
      const stranger = new Webhook(`whsec_${randomBytes(32).toString('base64')}`);
      expect(() => stranger.verify(body, headers)).toThrow('signature');
    }
  }, 120_000);

  it('are called again under the same key, to the same byte, when a crash cut them off, if they may be; else they are not', async () => {
    const held = Promise.withResolvers<void>();
    hold = held.promise;
    const victim = await fleet.startWorker();
    const missionId = await post([declare('again', { idempotent: true }), declare('once')]);
    await waitFor(() => callsOf(missionId).length === 2, { timeoutMs: 20_000, what: 'both tools to be called' });
    await victim.stop('SIGKILL');
    held.resolve();
    hold = undefined;
    await using _worker = await fleet.startWorker();
    const { output } = await fleet.ended(missionId, 60_000);
    expect(output).toMatch(/^\{"count":3\} \| Error: outcome_unknown: this call was started/);
    const [first, second] = callsOf(missionId).filter(({ path }) => path === '/again');
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(callsOf(missionId).filter(({ path }) => path === '/once')).toHaveLength(1);
  }, 120_000);
});

describe('tools that a mission leaves to its client', () => {
  it('park it with all their calls, while its others run, and go on with the answers after a redeploy', async () => {
    const first = await fleet.startWorker();
    const missionId = await post([declareForClient('camera'), declare('count'), declareForClient('door')]);
    const waiting = await untilWaiting(missionId);
    expect(waiting).toMatchObject({ statusReason: { code: 'awaiting_tool' }, waitingFor: { kind: 'tool' } });
    const call = (tool: string, index: number) => ({
      kind: 'tool',
      step: 1,
      call: index,
      request: { tool, description: `The tool ${tool}`, arguments: { article: 'sail' } },
    });
    expect(waiting.asks).toMatchObject([call('camera', 0), call('door', 2)]);
    expect(callsOf(missionId)).toHaveLength(1);
    expect((await first.stop()).code).toBe(0);
    await using _worker = await fleet.startWorker();

    const [camera, door] = waiting.asks;
    await fleet.answer(missionId, { askId: door?.id, answer: { content: 'it is locked', isError: true } });
    expect((await untilWaiting(missionId)).asks).toMatchObject([{ id: camera?.id }]);
    await fleet.answer(missionId, { askId: camera?.id, answer: { seen: ['a boat'] } });
    expect(await fleet.ended(missionId)).toMatchObject({
      status: 'completed',
      output: '{"seen":["a boat"]} | {"count":3} | Error: it is locked',
    });
    expect(callsOf(missionId)).toHaveLength(1);
    const { data } = await fleet.get<{ data: { toolCalls: object[] }[] }>(`/v1/missions/${missionId}/steps`);
    expect(data[0]?.toolCalls).toMatchObject([{ isError: false }, { isError: false }, { isError: true }]);
  }, 120_000);

  it('come back as calls that nobody answered when their time is over', async () => {
    await using _worker = await fleet.startWorker();
    const missionId = await post([declareForClient('bell', { answerWithinSeconds: 3 })]);
    expect((await untilWaiting(missionId)).asks).toHaveLength(1);
    expect(await fleet.ended(missionId)).toMatchObject({
      status: 'completed',
      output: 'Error: Nobody answered in time.',
    });
  }, 120_000);
});
