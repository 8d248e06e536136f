import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { type Fleet, type MissionView, startFleet } from './fleet.ts';
import { type ModelServer, type Reply, type ReportedUsage, type SeenCall, startModelServer } from './model-server.ts';

/** Dollars per million tokens are millionths of a dollar per token: the lists of the providers, written down anew. */
const RATES = {
  'claude-sonnet-5-5': { input: 2, cached: 0.1, output: 10 },
  'gpt-6.1-terra': { input: 1, cached: 0.05, output: 5 },
} as const;
type Model = keyof typeof RATES;
const MODELS = { 'claude-sonnet-5-5': 'anthropic', 'gpt-6.1-terra': 'openai' } as const;

const ROLES = ['manager', 'developer', 'tester'] as const;
const TOOLS = ['calculator', 'javascript', 'current_time', 'http_fetch', 'write_file', 'write_plan', 'shell', 'llm'];
/** What each step of the mission with many tools asks for: side by side in a step, one step after the other. */
const ASKED: { name: string; input: object }[][] = [
  [
    { name: 'calculator', input: { expression: '6 * 7' } },
    { name: 'javascript', input: { code: '[1, 2, 3].join("-")' } },
    { name: 'current_time', input: { goal: 'repeatable' } },
    { name: 'llm', input: { question: 'question that is answered at once' } },
    { name: 'llm', input: { question: 'question that is held' } },
  ],
  [
    { name: 'write_file', input: { path: 'note.txt', content: 'kept between workers\n' } },
    { name: 'write_plan', input: { items: [{ text: 'write', done: true }] } },
    { name: 'http_fetch', input: { goal: 'once' } },
  ],
  [{ name: 'shell', input: { script: 'wc -w note.txt' } }],
];

/** Of a chain, the role whose turn it is; read from what the role before it has handed on. */
function roleOf(goal: string): (typeof ROLES)[number] {
  const [, before] = /The role before you, "(\w+)"/.exec(goal) ?? [];
  return ROLES[before === undefined ? 0 : ROLES.findIndex((role) => role === before) + 1] ?? 'manager';
}

function play({ goal, step, results }: SeenCall & { results: string[] }): Reply {
  if (goal.startsWith('question')) return `an answer to the ${goal}`;
  if (goal.startsWith('tools')) return ASKED[step - 1] ?? `saw ${results.join('; ')}`;
  if (step === 1) return [{ name: 'calculator', input: { expression: '1 + 1' } }];
  return `${roleOf(goal)} got ${results.join()}`;
}

/** Figures of which no two are alike, and whose prices are no whole millionths. */
function usage({ goal, step }: { goal: string; step: number }): ReportedUsage {
  const seed = goal.length + 31 * step;
  return { input: 1_000 + 7 * seed, cached: 333 + seed, output: 17 + seed };
}

function costOf({ model, usage: used }: SeenCall): number {
  const rates = RATES[model as Model];
  const { input, cached, output } = used;
  return Math.round((input - cached) * rates.input + cached * rates.cached + output * rates.output);
}

function sumOf(calls: readonly SeenCall[]) {
  return {
    inputTokens: calls.reduce((sum, call) => sum + call.usage.input, 0),
    cachedInputTokens: calls.reduce((sum, call) => sum + call.usage.cached, 0),
    outputTokens: calls.reduce((sum, call) => sum + call.usage.output, 0),
    costMicroUsd: calls.reduce((sum, call) => sum + costOf(call), 0),
  };
}

/** What is asked at the other end of tools that only tell it; the first calls of each mission wait for the gate. */
async function startToolServer(gate: Promise<void>) {
  const calls: { goal: string; key: string }[] = [];
  async function answer(body: string, response: ServerResponse): Promise<void> {
    const call: { goal: string; key: string } = JSON.parse(body);
    calls.push(call);
    if (call.goal === 'repeatable') await gate;
    response.end(`told ${call.goal}`);
  }
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => void answer(body, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const SUMS = `sum(input_tokens)::int AS "inputTokens", sum(cached_input_tokens)::int AS "cachedInputTokens",
  sum(output_tokens)::int AS "outputTokens", sum(cost_micro_usd)::int AS "costMicroUsd"`;

/** The three places where it is written what a mission has spent. */
async function ledgerOf(sql: pg.Client, missionId: string): Promise<unknown[]> {
  const sums: unknown[] = [];
  for (const from of ['steps WHERE mission_id', 'usage_records WHERE mission_id', 'missions WHERE id']) {
    sums.push((await sql.query<object>(`SELECT ${SUMS} FROM ${from} = $1`, [missionId])).rows[0]);
  }
  return sums;
}

async function postAll(fleet: Fleet) {
  const missions: { id: string; goal: string; model: Model; isChain: boolean }[] = [];
  for (const model of ['claude-sonnet-5-5', 'gpt-6.1-terra'] as const) {
    const named = `${MODELS[model]}/${model}`;
    const chain = ROLES.map((name) => ({ name, instructions: `You are the ${name}.`, tools: ['calculator'] }));
    for (const [kind, more] of [
      ['chain', { chain }],
      ['tools', { tools: TOOLS }],
    ] as const) {
      const goal = `${kind} ${named}`;
      const { body } = await fleet.post({ goal, model: named, ...more });
      missions.push({ id: body.id, goal, model, isChain: kind === 'chain' });
    }
  }
  return missions;
}

describe('a chain of three roles, and a mission with eight tools, through both SDKs', () => {
  it('are finished elsewhere when their worker is killed, each completed call made once and paid to the millionth', async () => {
    const gate = Promise.withResolvers<void>();
    // In the middle: the second role's answer, and of five tools that run side by side one, and another's question.
    const hold = ({ goal, step }: SeenCall) =>
      goal === HELD || (goal.startsWith('chain') && roleOf(goal) === 'developer' && step === 2)
        ? gate.promise
        : Promise.resolve();
    await using models: ModelServer = await startModelServer({ play, usage, hold });
    await using tools = await startToolServer(gate.promise);
    await using fleet = await startFleet('redis', {
      ANTHROPIC_API_KEY: 'test',
      ANTHROPIC_BASE_URL: models.anthropicUrl,
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: models.openaiUrl,
      TOOLS_DIR: join(import.meta.dirname, 'races/tools'),
      RACE_TOOL_URL: tools.url,
    });
    await using sql = await connect(fleet.databaseUrl);
    const victim = await fleet.startWorker();
    const missions = await postAll(fleet);

    await waitFor(
      async () => {
        const { rows } = await sql.client.query<{ open: number; committed: number }>(
          `SELECT count(DISTINCT step_number)::int AS open, count(*) FILTER (WHERE status = 'completed')::int AS committed
           FROM tool_calls WHERE mission_id = ANY ($1) AND step_number = 1`,
          [missions.flatMap(({ id, isChain }) => (isChain ? [] : [id]))],
        );
        const held = models.calls.filter(
          ({ completed, goal }) => !completed && (roleOf(goal) === 'developer' || goal === HELD),
        );
        return held.length === 4 && tools.calls.length === 2 && rows[0]?.committed === 6;
      },
      { timeoutMs: 60_000, what: 'all four to be in the middle' },
    );
    await victim.stop('SIGKILL');
    gate.resolve();
    await fleet.startWorker();

    for (const { id, goal, model, isChain } of missions) {
      const mission = await fleet.ended(id, 90_000);
      const own = models.calls.filter((call) => call.model === model && call.goal.startsWith(goal));
      const completed = own.filter((call) => call.completed);
      // What its tools have asked is its own to pay, and none of its steps.
      const asked = isChain ? [] : models.calls.filter((call) => call.model === model && isQuestion(call));
      expect(asked.map((call) => `${call.goal}: ${call.completed}`).toSorted()).toEqual(isChain ? [] : QUESTIONS);
      expect(mission).toMatchObject(isChain ? CHAIN_ENDS : TOOLS_END);
      expect(stepsOf(completed)).toEqual(isChain ? CHAIN_STEPS : ['1', '2', '3', '4']);
      // Only what was in flight is asked for again.
      expect(stepsOf(own).length - stepsOf(completed).length).toBe(isChain ? 1 : 0);
      const ofSteps = sumOf(completed);
      const spent = sumOf([...completed, ...asked.filter((call) => call.completed)]);
      expect(await ledgerOf(sql.client, id)).toEqual([ofSteps, spent, spent]);
      expect(await shownOf(fleet, mission)).toEqual([spent.costMicroUsd, spent.costMicroUsd]);
    }
    const told = Map.groupBy(tools.calls, ({ goal }) => goal);
    const keys = told.get('repeatable')?.map(({ key }) => key) ?? [];
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(2);
    expect(told.get('once')).toHaveLength(2);
    expect(await repeatedToolCalls(sql.client)).toBe(0);
  }, 180_000);
});

const HELD = 'question that is held';
const isQuestion = ({ goal }: SeenCall) => goal.startsWith('question');
/** Each is answered once; the one that was cut off is asked again. */
const QUESTIONS = ['question that is answered at once: true', `${HELD}: false`, `${HELD}: true`];
const CHAIN_ENDS = { status: 'completed', output: 'tester got 2', attempt: 2, stepCount: 6 };
const CHAIN_STEPS = ['manager 1', 'manager 2', 'developer 1', 'developer 2', 'tester 1', 'tester 2'];
const TOOLS_END = { status: 'completed', output: expect.stringContaining('3 note.txt'), attempt: 2, stepCount: 4 };

function stepsOf(calls: readonly SeenCall[]): string[] {
  return calls.map(({ goal, step }) => (goal.startsWith('chain') ? `${roleOf(goal)} ${step}` : String(step)));
}

/** The mission's cost, and the sum over its steps with what their tools and summaries have cost, as the API shows them. */
async function shownOf(fleet: Fleet, { id }: MissionView): Promise<number[]> {
  type Spent = { usage: { costUsd: number } };
  const micro = ({ usage: { costUsd } }: Spent) => Math.round(costUsd * 1_000_000);
  type Call = { usage: Spent['usage'] | null };
  type Beside = Spent['usage'] | null;
  type Step = Spent & { toolCalls: Call[]; summaryUsage: Beside; unusedUsage: Beside };
  const steps = await fleet.get<{ data: Step[] }>(`/v1/missions/${id}/steps`);
  const all = steps.data.flatMap((step) => {
    const beside = [step.summaryUsage, step.unusedUsage, ...step.toolCalls.map(({ usage: asked }) => asked)];
    return [step, ...beside.flatMap((spent) => (spent ? { usage: spent } : []))];
  });
  const total = all.reduce((sum, one) => sum + micro(one), 0);
  return [micro(await fleet.get<Spent>(`/v1/missions/${id}`)), total];
}

async function repeatedToolCalls(sql: pg.Client): Promise<number | null> {
  const { rowCount } = await sql.query(
    `SELECT FROM mission_events WHERE type = 'tool_call.completed'
     GROUP BY mission_id, data->'step', data->'index' HAVING count(*) > 1`,
  );
  return rowCount;
}

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
