import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from './fleet.ts';

/** What the server answers next: the tool arguments and the usage of its reply, as raw JSON. */
type Reply = { toolArguments?: string; usage?: string };

/** An OpenAI-compatible server that says what no server should; after a tool's result it answers in plain words. */
async function startHostileServer() {
  const replies = new Map<string, Reply>();
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { messages }: { messages: { role: string; content: string }[] } = JSON.parse(body);
      const goal = messages.find((message) => message.role === 'user')?.content ?? '';
      calls.set(goal, (calls.get(goal) ?? 0) + 1);
      const { toolArguments, usage = '{"prompt_tokens":1,"completion_tokens":1}' } = replies.get(goal) ?? {};
      const hasResult = messages.some((message) => message.role === 'tool');
      const asks = toolArguments !== undefined && !hasResult;
      const call = {
        index: 0,
        id: 'call_1',
        type: 'function',
        function: { name: 'calculator', arguments: toolArguments },
      };
      const delta = asks ? { role: 'assistant', tool_calls: [call] } : { role: 'assistant', content: 'fine' };
      const head = '"id":"c","object":"chat.completion.chunk","created":1,"model":"m"';
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        `data: {${head},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":null}]}\n\n`,
      );
      response.write(
        `data: {${head},"choices":[{"index":0,"delta":{},"finish_reason":"${asks ? 'tool_calls' : 'stop'}"}]}\n\n`,
      );
      response.end(`data: {${head},"choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    replies,
    calls,
    close: () => server.close().closeAllConnections(),
  };
}

describe('a model server that says what no server should', () => {
  let models: Awaited<ReturnType<typeof startHostileServer>>;
  let fleet: Fleet;
  beforeAll(async () => {
    models = await startHostileServer();
    fleet = await startFleet('redis', { OPENAI_BASE_URL: models.url });
    await fleet.startWorker();
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
    models.close();
  });

  async function run(goal: string, reply: Reply) {
    models.replies.set(goal, reply);
    const { body } = await fleet.post({ goal, model: 'openai/m' });
    return fleet.ended(body.id, 30_000);
  }

  it.each([
    ['null', 'null'],
    ['a string', '"1 + 1"'],
    ['a list', '[1]'],
    ['a number', '7'],
    ['20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['no JSON', '{"expression": '],
    ['null characters and half a surrogate pair', '{"expression":"1\\u0000\\ud800"}'],
  ])('has %s for tool arguments corrected by a tool error, and the mission goes on', async (name, toolArguments) => {
    const mission = await run(`arguments: ${name}`, { toolArguments });
    expect(mission).toMatchObject({ status: 'completed', output: 'fine', stepCount: 2 });
    const { data } = await fleet.get<{ data: { toolCalls: { isError: boolean }[] }[] }>(
      `/v1/missions/${mission.id}/steps`,
    );
    expect(data[0]?.toolCalls).toMatchObject([{ isError: true }]);
  });

  it.each([
    ['more tokens than there are', '{"prompt_tokens":5000000000,"completion_tokens":1}'],
    ['a fraction of a token', '{"prompt_tokens":1.5,"completion_tokens":1}'],
    ['text', '{"prompt_tokens":"a","completion_tokens":1}'],
    ['less than nothing', '{"prompt_tokens":-1,"completion_tokens":1}'],
  ])('fails a mission whose usage is %s, after three tries and no more', async (name, usage) => {
    const goal = `usage: ${name}`;
    expect(await run(goal, { usage })).toMatchObject({
      status: 'failed',
      statusReason: { code: 'provider_bad_response' },
    });
    expect(models.calls.get(goal)).toBe(3);
  });
});
