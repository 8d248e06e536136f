import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** One model call as this witness saw it: which step of which conversation, and whether its reply went out whole. */
export type SeenCall = {
  /** The whole first message, and the model that was asked. */
  goal: string;
  model: string;
  step: number;
  /** What the reply said it has used. */
  usage: ReportedUsage;
  completed: boolean;
  /** When the caller hung up before that, on the monotonic clock. */
  abortedAt: number | null;
};

/** In tokens. `input` is the whole prompt, of which `cached` were read from the provider's cache. */
export type ReportedUsage = { input: number; cached: number; output: number };

export type ModelServer = AsyncDisposable & {
  anthropicUrl: string;
  openaiUrl: string;
  calls: SeenCall[];
};

/** The final answer, or the tool calls that a reply asks for. */
export type Reply = string | Asked[];
type Asked = { name: string; input: object };

type StepByStep = {
  /** Steps that ask for a tool, before the one that answers. */
  steps: number;
  /** What each step asks for; a sum, unless a test says otherwise. */
  tool?: (call: SeenCall) => Asked;
  /** The text of the step that answers. */
  answer?: (call: SeenCall) => string;
};

/** `results` is what the tools of the step before came back with. */
type Play = { play: (call: SeenCall & { results: string[] }) => Reply };

type Options = (StepByStep | Play) & {
  latencyMs?: number;
  usage?: (call: { goal: string; step: number }) => ReportedUsage;
  /** What a call waits for, whenever that is, before it is answered. */
  hold?: (call: SeenCall) => Promise<void>;
};

type AnthropicBody = {
  model: string;
  messages: { role: string; content: string | { text?: string; content?: string }[] }[];
};
type OpenaiBody = { model: string; messages: { role: string; content: string }[] };

/**
 * A model server of its own on a local port, in the wire formats of Anthropic and OpenAI, streaming. It is a witness
 * outside the system: what it counts does not depend on what the system believes it did. Which step a call is for is
 * read from the conversation it carries.
 */
export async function startModelServer(options: Options): Promise<ModelServer> {
  const { latencyMs = 0, hold, usage = () => ({ input: 100, cached: 0, output: 20 }) } = options;
  const play = 'play' in options ? options.play : stepByStep(options);
  const calls: SeenCall[] = [];

  async function answer(body: string, response: ServerResponse, wire: typeof anthropic | typeof openai): Promise<void> {
    const { goal, model, step, results } = wire.read(body);
    const call: SeenCall = { goal, model, step, usage: usage({ goal, step }), completed: false, abortedAt: null };
    calls.push(call);
    response.on('close', () => {
      if (!call.completed) call.abortedAt = performance.now();
    });
    await sleep(latencyMs);
    await hold?.(call);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(wire.reply(play({ ...call, results }), call));
    response.on('finish', () => {
      call.completed = true;
    });
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => void answer(body, response, request.url?.includes('/messages') ? anthropic : openai));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    anthropicUrl: url,
    openaiUrl: `${url}/v1`,
    calls,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function stepByStep({ steps, tool = sum, answer = () => `done after ${steps} steps` }: StepByStep) {
  return (call: SeenCall): Reply => (call.step <= steps ? [tool(call)] : answer(call));
}

const sum = ({ step }: SeenCall): Asked => ({ name: 'calculator', input: { expression: `${step} + ${step}` } });

const anthropic = {
  read(body: string) {
    const { model, messages }: AnthropicBody = JSON.parse(body);
    const first = messages[0]?.content ?? '';
    const goal = typeof first === 'string' ? first : (first[0]?.text ?? '');
    const last = messages.at(-1)?.content ?? [];
    const results = typeof last === 'string' ? [] : last.flatMap(({ content }) => content ?? []);
    return { goal, model, step: messages.filter((message) => message.role === 'assistant').length + 1, results };
  },
  reply(reply: Reply, { model, step, usage }: SeenCall): string {
    const blocks =
      typeof reply === 'string'
        ? [{ block: { type: 'text', text: '' }, delta: { type: 'text_delta', text: reply } }]
        : reply.map((call, index) => ({
            block: { type: 'tool_use', id: `toolu_${step}_${index}`, name: call.name, input: {} },
            delta: { type: 'input_json_delta', partial_json: JSON.stringify(call.input) },
          }));
    const message = {
      id: `msg_${step}`,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
    };
    return sse([
      [
        'message_start',
        {
          message: {
            ...message,
            // Here the prompt is told without what was read from the cache.
            usage: {
              input_tokens: usage.input - usage.cached,
              cache_read_input_tokens: usage.cached,
              output_tokens: 1,
            },
          },
        },
      ],
      ...blocks.flatMap(({ block, delta }, index): [string, object][] => [
        ['content_block_start', { index, content_block: block }],
        ['content_block_delta', { index, delta }],
        ['content_block_stop', { index }],
      ]),
      [
        'message_delta',
        {
          delta: { stop_reason: typeof reply === 'string' ? 'end_turn' : 'tool_use', stop_sequence: null },
          usage: { output_tokens: usage.output },
        },
      ],
      ['message_stop', {}],
    ]);
  },
};

const openai = {
  read(body: string) {
    const { model, messages }: OpenaiBody = JSON.parse(body);
    const goal = messages.find((message) => message.role === 'user')?.content ?? '';
    const asked = messages.findLastIndex((message) => message.role === 'assistant');
    const results = messages.slice(asked + 1).flatMap(({ role, content }) => (role === 'tool' ? content : []));
    return { goal, model, step: messages.filter((message) => message.role === 'assistant').length + 1, results };
  },
  reply(reply: Reply, { model, step, usage }: SeenCall): string {
    const chunk = (fields: object) => ({
      id: `chat_${step}`,
      object: 'chat.completion.chunk',
      created: 1,
      model,
      ...fields,
    });
    const isAnswer = typeof reply === 'string';
    const delta = isAnswer
      ? { content: reply }
      : { tool_calls: reply.map((asked, index) => toolCallOf(asked, step, index)) };
    const chunks = [
      chunk({ choices: [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: null }] }),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: isAnswer ? 'stop' : 'tool_calls' }] }),
      chunk({
        choices: [],
        usage: {
          prompt_tokens: usage.input,
          prompt_tokens_details: { cached_tokens: usage.cached },
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
        },
      }),
    ];
    return `${chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')}data: [DONE]\n\n`;
  },
};

const toolCallOf = ({ name, input }: Asked, step: number, index: number) => ({
  index,
  id: `call_${step}_${index}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
});

function sse(events: [string, object][]): string {
  return events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`).join('');
}
