import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, seedOf } from '../random.ts';
import type { CallEnd, ModelFaults } from './log.ts';
import { runWitness } from './witness.ts';

type Body = { messages: { role: string; content: string | null }[]; tools?: { function: { name: string } }[] };

const seed = Number(process.env['WITNESS_SEED'] ?? 1);
const random = createRandom(seedOf(seed, 'model faults'));
const DELTA_BEFORE_STALL =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-chaos","choices":[{"index":0,"delta":{"role":"assistant","content":"wait"},"finish_reason":null}]}\n\n';

let faults: ModelFaults | null = null;
let calls = 0;

/**
 * An OpenAI-compatible server that streams. Which mission a call is for stands in the goal, as do the steps it is to
 * take; which step it is for is read from the conversation; the API key names the worker. Every step asks for one
 * tool that may be repeated and one that may not.
 */
const witness = await runWitness({
  onFaults: (told) => {
    faults = told.model ?? null;
  },
  async handle(request, text, response) {
    const body: Body = JSON.parse(text);
    const goal = body.messages.find((message) => message.role === 'user')?.content ?? '';
    const [, ref = '', steps = '0', minMs = '0', maxMs = '0'] =
      /^(\S+) steps=(\d+) latency=(\d+)-(\d+)/.exec(goal) ?? [];
    const step = body.messages.filter((message) => message.role === 'assistant').length + 1;
    const worker = (request.headers.authorization ?? '').replace('Bearer ', '');
    const call = (calls += 1);
    const port = request.socket.remotePort ?? 0;
    witness.note({ kind: 'model', call, at: Date.now(), ref, step, worker, port });
    const end = (how: CallEnd) => witness.note({ kind: 'model_end', call, at: Date.now(), end: how });

    if (faults && random.next() < faults.share) return misbehave(faults, response, end);
    response.on('close', () => end(response.writableFinished ? 'completed' : 'cut'));
    await sleep(createRandom(seedOf(seed, `${ref} ${step}`)).between(Number(minMs), Number(maxMs)));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(step <= Number(steps) ? askForTools(ref, step) : answer(`done ${ref}`));
  },
});

async function misbehave(
  { how, retryAfterSeconds }: ModelFaults,
  response: ServerResponse,
  end: (how: CallEnd) => void,
) {
  if (how === 'stall') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(DELTA_BEFORE_STALL);
    response.on('close', () => end('stalled'));
    return;
  }
  const [status, type] = how === 'rate_limit' ? [429, 'rate_limit_error'] : [500, 'server_error'];
  const headers = { 'content-type': 'application/json' };
  const wait = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  response.writeHead(status, { ...headers, ...wait });
  response.end(JSON.stringify({ error: { message: 'chaos', type, code: null, param: null } }));
  end('refused');
}

function askForTools(ref: string, step: number): string {
  const call = (index: number, name: string) => ({
    index,
    id: `call_${step}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify({ ref }) },
  });
  // Under built-in names, which a deployment's own tools may take: the API lets missions name no others.
  const delta = { role: 'assistant', tool_calls: [call(0, 'current_time'), call(1, 'http_fetch')] };
  return stream(delta, 'tool_calls');
}

function answer(content: string): string {
  return stream({ role: 'assistant', content }, 'stop');
}

function stream(delta: object, finishReason: string): string {
  const chunk = (fields: object) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-chaos',
    ...fields,
  });
  const chunks = [
    chunk({ choices: [{ index: 0, delta, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finishReason }] }),
    chunk({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } }),
  ];
  return `${chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')}data: [DONE]\n\n`;
}
