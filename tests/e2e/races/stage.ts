import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { type Fleet, startFleet } from '../fleet.ts';
import { type ModelServer, type SeenCall, startModelServer } from '../model-server.ts';
import { createGates, type Gate } from './gates.ts';

/**
 * A fleet whose model, tool and webhook receiver are the test's own: witnesses outside the system, each of which can hold
 * its answer back. A mission has two steps: one that calls a tool, and one that answers.
 */
export type Stage = AsyncDisposable & {
  fleet: Fleet;
  sql: pg.Client;
  models: ModelServer;
  /** What the tool was asked, by the mission's goal. */
  toolCalls: { goal: string; key: string }[];
  /** Holds the answer to a model call back: the `go`th for this step. */
  holdModel(step: number, go?: number): Gate;
  holdTool(): Gate;
  holdWebhook(): Gate;
  /** Posts a mission with the goal "race", and tells its id. */
  post(tool?: Tool): Promise<string>;
  /** Ends the lease of the worker that runs the mission, in the database. */
  endLease(missionId: string): Promise<void>;
};

type Tool = 'current_time' | 'http_fetch';

export const GOAL = 'race';

export async function openStage(): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  const gates = createGates();
  let tool: Tool = 'current_time';
  try {
    const goOf = ({ step }: SeenCall) => models.calls.filter((call) => call.step === step).length;
    const models: ModelServer = resources.use(
      await startModelServer({
        steps: 1,
        hold: (call) => gates.pass(`model ${call.step} ${goOf(call)}`),
        tool: () => ({ name: tool, input: { goal: GOAL } }),
        answer: (call) => `answer ${goOf(call)}`,
      }),
    );
    const tools = resources.use(await startToolServer(() => gates.pass('tool')));
    const env = {
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: models.openaiUrl,
      TOOLS_DIR: join(import.meta.dirname, 'tools'),
      RACE_TOOL_URL: tools.url,
    };
    const fleet = resources.use(await startFleet('redis', env, { beforeAnswer: () => gates.pass('webhook') }));
    const sql = new pg.Client({ connectionString: fleet.databaseUrl });
    await sql.connect();
    resources.defer(() => sql.end());
    return {
      fleet,
      sql,
      models,
      toolCalls: tools.calls,
      holdModel: (step, go = 1) => gates.close(`model ${step} ${go}`),
      holdTool: () => gates.close('tool'),
      holdWebhook: () => gates.close('webhook'),
      async post(wanted = 'current_time') {
        tool = wanted;
        const webhook = { url: fleet.receiverUrl };
        return (await fleet.post({ goal: GOAL, model: 'openai/gpt-test', tools: [tool], webhook })).body.id;
      },
      async endLease(missionId) {
        await sql.query(
          'UPDATE workers SET lease_expires_at = now() WHERE id = (SELECT worker_id FROM missions WHERE id = $1)',
          [missionId],
        );
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function startToolServer(beforeAnswer: () => Promise<void>) {
  const calls: Stage['toolCalls'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      calls.push(JSON.parse(body));
      void beforeAnswer().then(() => response.end('noted'));
    });
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
