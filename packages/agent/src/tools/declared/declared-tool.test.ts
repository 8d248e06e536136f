import type { DeclaredTool, JsonValue } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createAgentPool } from '../../agent-pool.ts';
import { runMission } from '../../run.ts';
import { createScene } from '../../testing/script.ts';
import { calls, createSpec, says, toolCall } from '../../testing/spec.ts';
import { createTool } from '../../testing/tools.ts';
import { createDeclaredTool } from './declared-tool.ts';
import type { PostTool, ToolReply } from './http-tool.ts';

const stock: DeclaredTool = {
  name: 'stock',
  description: 'Tells how many there are',
  inputSchema: { type: 'object', properties: { article: { type: 'string' } }, required: ['article'] },
  url: 'https://shop.example/stock',
};
const { url: _, ...clientStock } = stock;

function answers(
  body: string | Uint8Array,
  changes: Partial<Extract<ToolReply, { kind: 'answered' }>> = {},
): ToolReply {
  const headers = { 'content-type': 'application/json' };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { kind: 'answered', status: 200, headers, body: bytes, truncated: false, ...changes };
}

/** A mission whose model calls `stock` once, with these arguments. */
function createShop(declared: DeclaredTool, { reply, input }: { reply?: ToolReply; input?: JsonValue } = {}) {
  const posts: Parameters<PostTool>[0][] = [];
  const post: PostTool = async (given) => {
    posts.push(given);
    return reply ?? answers('{}');
  };
  const named = createTool('stock', async () => 'not the one that was declared');
  const agents = createAgentPool({
    tools: new Map([[named.name, named]]),
    declare: (one) => createDeclaredTool(one, { post }),
  });
  const spec = createSpec({ tools: ['stock'], declaredTools: [declared] });
  const moves = [calls(toolCall('stock', input ?? { article: 'sail' })), says('done')];
  const scene = createScene(moves, [], { agents, spec });
  return {
    ...scene,
    posts,
    async result() {
      await runMission(scene.input);
      const [call] = scene.journal.steps[0]?.toolCalls ?? [];
      return { status: call?.status, text: call?.result?.content, isError: call?.result?.isError };
    },
  };
}

function fails(message: string, mayHaveArrived: boolean): ToolReply {
  return { kind: 'failed', message, mayHaveArrived };
}

/** What the model is told. */
type Told = { text: unknown; isError: boolean };
const ok = (text: string | RegExp): Told => ({ text: like(text), isError: false });
const error = (text: string | RegExp): Told => ({ text: like(text), isError: true });
const like = (text: string | RegExp): unknown => (typeof text === 'string' ? text : expect.stringMatching(text));

describe('a tool that is declared with a URL', () => {
  test('is shown to the model, and called there with its arguments, the same to the last byte whoever calls', async () => {
    const first = createShop(stock);
    const second = createShop(stock);
    await first.result();
    await runMission({ ...second.input, attempt: 7 });
    expect(first.provider.requests[0]?.tools).toEqual([
      { name: 'stock', description: 'Tells how many there are', inputSchema: stock.inputSchema },
    ]);
    const [post] = first.posts;
    expect(post).toMatchObject({
      url: stock.url,
      context: { idempotencyKey: 'm:mis_00000000000000000000000000000001:1:0' },
    });
    expect(JSON.parse(post?.body ?? '')).toEqual({
      type: 'tool_call.requested',
      data: {
        missionId: 'mis_00000000000000000000000000000001',
        step: 1,
        call: 0,
        tool: 'stock',
        arguments: { article: 'sail' },
      },
    });
    expect(second.posts[0]?.body).toBe(post?.body);
  });

  const text = { 'content-type': 'text/plain' };
  const image = { 'content-type': 'image/png' };
  const lost = 'the connection was lost';
  test.each<[string, ToolReply, Told]>([
    ['JSON', answers('{ "count": 3 }'), ok('{"count":3}')],
    ['a string in JSON', answers('"three"'), ok('three')],
    ['text', answers('three\n', { headers: text }), ok('three\n')],
    ['nothing', answers('', { status: 204, headers: {} }), ok('')],
    ['content with isError false', answers('{"content":{"count":3},"isError":false}'), ok('{"count":3}')],
    ['content with isError true', answers('{"content":"no such article","isError":true}'), error('no such article')],
    ['an isError that is none', answers('{"isError":"yes"}'), ok('{"isError":"yes"}')],
    ['what is no JSON', answers('{"count":'), error(/^stock answered what it calls JSON and is none:\n\{"count":/)],
    ['binary content', answers(new Uint8Array([1, 0]), { headers: image }), error(/image\/png, which is neither/)],
    ['a redirect', answers('', { status: 302 }), error(/answered HTTP 302, a redirect/)],
    ['a refusal', answers('no article', { status: 404, headers: text }), error('stock answered HTTP 404:\nno article')],
    ['a failure without words', answers('', { status: 503, headers: {} }), error('stock answered HTTP 503.')],
    ['more than is read', answers('[1,2', { truncated: true }), ok(/^\[1,2\n\[the answer was longer/)],
    ['no connection', fails('it is not there', false), error('stock could not be called: it is not there.')],
    [
      'a broken connection',
      fails(lost, true),
      error(/^outcome_unknown: stock was called, and then the connection was/),
    ],
  ])('answers %s', async (_name, reply, told) => {
    expect(await createShop(stock, { reply }).result()).toMatchObject({ status: 'completed', ...told });
  });

  test('leaves no doubt about a call that may simply be made again', async () => {
    const reply = fails(lost, true);
    expect((await createShop({ ...stock, idempotent: true }, { reply }).result()).text).toBe(
      'stock was called, and then the connection was lost',
    );
  });

  test('is not called with arguments that its schema refuses', async () => {
    const shop = createShop(stock, { input: { article: 3 } });
    expect(await shop.result()).toMatchObject({ isError: true, text: expect.stringContaining('article') });
    expect(shop.posts).toEqual([]);
  });

  test('is not called with arguments that would take long to check', async () => {
    const kinds = Array.from({ length: 300 }, (_kind, index) => ({
      type: 'object',
      properties: { kind: { const: `v${index}` } },
    }));
    const inputSchema = { type: 'object', properties: { a: { type: 'array', items: { anyOf: kinds } } } };
    const input = { a: Array.from({ length: 10_000 }, () => ({ kind: 'v299' })) };
    const shop = createShop({ ...stock, inputSchema }, { input });
    expect(await shop.result()).toMatchObject({ isError: true, text: expect.stringContaining('too large to check') });
    expect(shop.posts).toEqual([]);
  });

  test('is not called before somebody has approved it, where it needs that', async () => {
    const shop = createShop({ ...stock, needsApproval: true });
    expect(await runMission(shop.input)).toMatchObject({ kind: 'parked', asks: [{ kind: 'approval' }] });
    expect(shop.posts).toEqual([]);
  });

  test('takes no longer than it says', async () => {
    const shop = createShop({ ...stock, timeoutMs: 20 });
    const agents = createAgentPool({
      tools: new Map(),
      declare: (one) => createDeclaredTool(one, { post: () => new Promise(() => undefined) }),
    });
    await runMission({ ...shop.input, agents });
    expect(shop.journal.steps[0]?.toolCalls[0]?.result?.content).toContain('stock timed out after 0.02 s');
  });
});

describe('a tool that is declared without a URL', () => {
  test('parks the mission with the exact call, for as long as it says', async () => {
    const { input } = createShop({ ...clientStock, answerWithinSeconds: 60 });
    const request = { tool: 'stock', description: stock.description, arguments: { article: 'sail' } };
    expect(await runMission(input)).toMatchObject({
      kind: 'parked',
      asks: [{ kind: 'tool', step: 1, index: 0, request, expiresInMs: 60_000 }],
    });
  });

  test.each<[string, { answer: JsonValue; expired?: boolean }, Told]>([
    ['text', { answer: 'three' }, ok('three')],
    ['JSON', { answer: { count: 3 } }, ok('{"count":3}')],
    ['an error', { answer: { content: 'the shop is closed', isError: true } }, error('the shop is closed')],
    ['nothing in time', { answer: null, expired: true }, error('Nobody answered in time.')],
  ])(
    'has for its result what its client answers: %s',
    async (_name, { answer, expired = false }, { text, isError }) => {
      const { input, journal } = createShop(clientStock);
      await runMission(input);
      const answered = { kind: 'tool' as const, step: 1, index: 0, answer, expired, argumentsHash: null };
      const outcome = await runMission({ ...input, steps: journal.steps, answers: [answered] });
      expect(outcome).toMatchObject({ kind: 'completed' });
      expect(journal.steps[0]?.toolCalls[0]?.result).toMatchObject({ content: text, isError });
    },
  );

  test('asks nobody for a call whose arguments its schema refuses', async () => {
    const shop = createShop(clientStock, { input: {} });
    expect(await shop.result()).toMatchObject({ isError: true, text: expect.stringContaining('article') });
  });
});
