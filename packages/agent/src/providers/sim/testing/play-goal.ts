import { readFileSync } from 'node:fs';
import type { Message, ToolCallPart, ToolResult } from '@flotilla/core';
import { textOf, toolCallsOf } from '@flotilla/core';
import { runGuest } from '../../../sandbox/guest.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { createToolContext } from '../../../testing/tool-context.ts';
import type { Tool } from '../../../tool.ts';
import { calculator } from '../../../tools/calculator/calculator.ts';
import { createCurrentTime } from '../../../tools/current-time.ts';
import type { FetchedResponse } from '../../../tools/http-fetch/http-fetch.ts';
import { createHttpFetch } from '../../../tools/http-fetch/http-fetch.ts';
import { createJavascript } from '../../../tools/javascript.ts';
import { createSimProvider } from '../provider.ts';

/** A web of five pages; nothing else answers. Plain http is refused, as the guard of a deployment does. */
const PAGES: Record<string, { status?: number; type?: string; body: string }> = {
  'https://example.com': {
    body: '<html><head><title>Example Domain</title></head><body><h1>Example Domain</h1><p>This domain is for use in examples. You may use it.</p></body></html>',
  },
  'https://example.org/about': {
    body: '<html><head><title>About us</title></head><body><p>We sail.</p></body></html>',
  },
  'https://api.example.com/ship?id=1,2': { type: 'application/json', body: '{"name":"Ark","crew":8}' },
  'https://example.com/missing': { status: 404, body: 'Not found' },
  'https://example.com/long': { type: 'text/plain', body: `The long page\n${'word '.repeat(5_000)}` },
};

/** Friday, 20 November 2026, 16:45 UTC. */
const TODAY = new Date('2026-11-20T16:45:00Z');

/** In this process, since every script here is the simulator's own; the rest is as in a worker. */
function createInProcessSandbox(): Sandbox {
  const wasm = readFileSync(new URL(import.meta.resolve('quickjs-wasi/quickjs.wasm')));
  return { run: (code) => runGuest(wasm, { code, runMs: 5_000, memoryBytes: 67_108_864, outputChars: 262_144 }) };
}

export function createDemoTools(): Tool[] {
  const fetch = async (url: string): Promise<FetchedResponse> => {
    const page = PAGES[url];
    if (!page) throw new Error(url.startsWith('http:') ? 'Plain http is not allowed.' : 'The host does not answer.');
    return {
      status: page.status ?? 200,
      url,
      headers: { 'content-type': page.type ?? 'text/html; charset=utf-8' },
      body: new TextEncoder().encode(page.body),
      truncated: false,
    };
  };
  return [
    calculator,
    createCurrentTime({ now: () => TODAY }),
    createHttpFetch({ fetch }),
    createJavascript({ sandbox: createInProcessSandbox() }),
  ];
}

/** `rounds`: the calls of each reply, as `calculator 2 + 2`, `current_time`, `http_fetch https://…`, `javascript`. */
export type Played = { rounds: string[][]; answer: string; messages: Message[] };

/** Plays a mission on `sim/demo` to its answer, with real tools. */
export async function playGoal(goal: string, tools: readonly Tool[]): Promise<Played> {
  const provider = createSimProvider({ thinkMs: 0, fragmentMs: 0 });
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: goal }] }];
  const rounds: string[][] = [];
  for (let step = 1; step <= 10; step += 1) {
    const { message } = await provider.call(
      {
        model: 'demo',
        system: null,
        messages,
        tools: tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
        maxOutputTokens: 8_192,
        options: {},
        context: { missionId: 'mission', step, attempt: 1, try: 1 },
      },
      { signal: new AbortController().signal },
    );
    messages.push(message);
    const calls = toolCallsOf(message);
    if (calls.length === 0) return { rounds, answer: textOf(message), messages };
    rounds.push(calls.map(nameCall));
    messages.push({ role: 'tool', results: await Promise.all(calls.map((call) => answerCall(call, tools))) });
  }
  throw new Error(`no answer after ${rounds.length} rounds of calls`);
}

function nameCall({ name, input }: ToolCallPart): string {
  const [argument] = typeof input === 'object' && input !== null ? Object.values(input) : [];
  return name === 'javascript' || argument === undefined
    ? name
    : `${name} ${JSON.stringify(argument).replaceAll('"', '')}`;
}

const SHOWN_CHARS = 10_000;

async function answerCall({ id, name, input }: ToolCallPart, tools: readonly Tool[]): Promise<ToolResult> {
  const tool = tools.find((offered) => offered.name === name);
  if (!tool) throw new Error(`${name} was called and is not offered`);
  if (!('run' in tool)) throw new Error(`${name} waits for somebody, and nobody is here`);
  const signal = new AbortController().signal;
  try {
    const output = await tool.run(input, createToolContext({ signal }));
    const content = output.slice(0, SHOWN_CHARS);
    return { toolCallId: id, name, content, isError: false, truncated: content !== output, untrusted: false };
  } catch (error) {
    return {
      toolCallId: id,
      name,
      content: error instanceof Error ? error.message : String(error),
      isError: true,
      truncated: false,
      untrusted: false,
    };
  }
}
