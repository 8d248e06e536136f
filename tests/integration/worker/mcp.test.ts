import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { McpServer, ModelRequest, Provider } from '@flotilla/agent';
import { createAgentPool, createMcp, createStop } from '@flotilla/agent';
import type { DeclaredTool, JsonValue, ModelResponse } from '@flotilla/core';
import { createLogger, createOutbound, isUnsent } from '@flotilla/platform';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { describe, expect, it } from 'vitest';
import { findFreePort, startProcess, waitFor } from '../../harness/index.ts';
import { createFixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 };

/** The reference server, as its makers publish it. */
const EVERYTHING = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));

type Call = [name: string, input: JsonValue];

/** Makes the calls that its goal lists, one a step, and then answers. */
function createModel(): Provider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name: 'sim',
    requests,
    async call(request): Promise<ModelResponse> {
      requests.push(request);
      const [first] = request.messages;
      const goal = first?.role === 'user' ? (first.content[0]?.text ?? '[]') : '[]';
      const list: Call[] = JSON.parse(goal);
      const { step } = request.context;
      const next = list[step - 1];
      const common = { provider: 'sim', model: 'script', usage };
      if (!next) {
        const message = { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'done' }] };
        return { ...common, message, stopReason: 'end' };
      }
      const [name, input] = next;
      const call = { type: 'tool_call' as const, id: `c${step}`, name, input };
      return { ...common, message: { role: 'assistant', content: [call] }, stopReason: 'tool_calls' };
    },
  };
}

/** A worker's way of running missions, with these servers, on a real database. */
async function createStage(options: { servers?: McpServer[]; loopbackPorts?: number[]; now?: () => number }) {
  const { servers = [], loopbackPorts = [], now = () => performance.now() } = options;
  const resources = new AsyncDisposableStack();
  const f = resources.use(await createFixture());
  const model = createModel();
  const outbound = createOutbound({ allowHttp: true, allowLoopbackPorts: loopbackPorts });
  resources.defer(() => outbound.close());
  const mcp = createMcp({ servers, fetch: outbound.fetch, fetchNamed: outbound.fetch, isUnsent, now });
  resources.defer(() => mcp.close());
  const play = createMissionPlayer({
    openSecrets: () => [],
    db: f.db,
    providers: () => model,
    agents: createAgentPool({ tools: new Map(), mcpServers: mcp.servers }),
    mcp,
    teller: { events: () => undefined, delta: () => undefined },
    patienceMs: 0,
    priceOf: () => 0,
    facts: {
      historyLoaded: () => undefined,
      stepCommitted: () => undefined,
      stepCompleted: () => undefined,
      fenced: () => undefined,
    },
  });
  return {
    model,
    /** Runs a mission that makes these calls, and gives what the model was told of each. */
    async run(calls: Call[], tools: string[], declaredTools: DeclaredTool[] = []): Promise<string[]> {
      const missionId = await f.newMission({
        spec: {
          goal: JSON.stringify(calls),
          model: 'sim/script',
          instructions: null,
          tools,
          // Its tools are a stranger's, and these say nothing of themselves.
          afterUntrusted: 'run',
          ...(declaredTools.length > 0 && { declaredTools }),
          modelOptions: {},
          limits: { maxSteps: 100, maxOutputTokens: 100 },
        },
      });
      // Nobody renews its lease, and servers take their time on a busy machine.
      const mission = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
      if (mission === 'not_ours') throw new Error('the claim failed');
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => true, onAgain: () => undefined };
      const move = await play({ mission, owner, stop: createStop(), live, logger, onProgress: () => undefined });
      expect(move).toMatchObject({ status: 'completed' });
      if (move) await f.db.lease.leave({ ...owner, ...move });
      const steps = await f.db.steps.read({ missionId, after: 0, limit: 100 });
      return steps.flatMap(({ toolCalls }) => toolCalls.map(({ result }) => result?.content ?? ''));
    },
    /** The names of the tools that the model was shown last. */
    shown: () => (model.requests.at(-1)?.tools ?? []).map(({ name }) => name),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The reference server as a program that leaves its process id behind. */
async function createProgram() {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-mcp-'));
  const file = join(dir, 'pid');
  const script = `echo $$ > ${file}; exec "$@"`;
  const args = ['-c', script, 'server', process.execPath, EVERYTHING, 'stdio'];
  const env = { PATH: process.env['PATH'] ?? '', GIVEN: 'to the server' };
  const server: McpServer = { name: 'everything', command: '/bin/sh', args, env };
  return {
    server,
    pid: async () => Number(await readFile(file, 'utf8')),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const startHttp = (port: number) =>
  startProcess({ args: [EVERYTHING, 'streamableHttp'], env: { PORT: String(port) }, readyLine: /listening on port/ });

/** A server over HTTP that does what it is asked for, and then is cut off before it can say so. */
async function startMail() {
  let sent = 0;
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked: { id?: number; method?: string; params?: { protocolVersion: string } } = JSON.parse(
      (await text(request)) || '{}',
    );
    const { id, method } = asked;
    const tell = (told: object) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...told }));
    };
    if (method === 'tools/call') {
      sent += 1;
      request.socket.destroy();
    } else if (method === 'tools/list') {
      tell({ result: { tools: [{ name: 'send', inputSchema: { type: 'object' } }] } });
    } else if (method === 'initialize') {
      const { protocolVersion } = { ...asked.params };
      tell({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'mail', version: '1' } } });
    } else if (id === undefined) response.writeHead(202).end();
    else tell({ error: { code: -32_601, message: 'Method not found' } });
  }
  const server = createHttpServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  const { port } = address;
  return { port, url: `http://127.0.0.1:${port}/mcp`, sent: () => sent, close, [Symbol.asyncDispose]: close };
}

describe('the official reference server as a program', { timeout: 120_000 }, () => {
  it('serves what a mission’s list names, is held to its schemas, and keeps nothing else of us', async () => {
    await using program = await createProgram();
    await using stage = await createStage({ servers: [program.server] });
    const named = await stage.run(
      [
        ['everything__echo', { message: 'ahoy' }],
        ['everything__echo', { text: 'ahoy' }],
        ['everything__get-sum', { a: 2, b: 3 }],
      ],
      ['everything__echo'],
    );
    expect(stage.shown()).toEqual(['everything__echo']);
    expect(named[0]).toContain('Echo: ahoy');
    expect(named[1]).toMatch(/^The arguments are not valid:[\s\S]*message/);
    expect(named[2]).toMatch(/^There is no tool "everything__get-sum" here\. .*: everything__echo\.$/);

    const [sum, env] = await stage.run(
      [
        ['everything__get-sum', { a: 2, b: 3 }],
        ['everything__get-env', {}],
      ],
      ['everything__*'],
    );
    expect(stage.shown().length).toBeGreaterThan(5);
    expect(sum).toContain('5');
    const names = Object.keys(JSON.parse(/\{[\s\S]*\}/.exec(env ?? '')?.[0] ?? '{}'));
    // Some shells add a few of their own.
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).toSorted()).toEqual([
      'GIVEN',
      'PATH',
    ]);
  });

  it('is started again after it died, not at once, and a call that finds it away says so', async () => {
    await using program = await createProgram();
    let now = 0;
    await using stage = await createStage({ servers: [program.server], now: () => now });
    const echo: Call[] = [['everything__echo', { message: 'ahoy' }]];
    await stage.run(echo, ['everything__echo']);
    const pid = await program.pid();
    process.kill(pid, 'SIGKILL');
    await waitFor(() => (isAlive(pid) ? undefined : true), { timeoutMs: 10_000, what: 'the server to be gone' });
    const [away] = await stage.run(echo, ['everything__echo']);
    expect(away).toMatch(/The MCP server everything cannot be reached: it was lost, and is tried again in 1 s/);
    now += 1_100;
    const [again] = await stage.run(echo, ['everything__echo']);
    expect(again).toContain('Echo: ahoy');
    expect(await program.pid()).not.toBe(pid);
  });

  it('dies with its worker, however that ends', async () => {
    await using program = await createProgram();
    const script = `
      import { createMcp } from '@flotilla/agent';
      const mcp = createMcp({ servers: [${JSON.stringify(program.server)}], fetch, fetchNamed: fetch });
      await mcp.open([{ tools: ['everything__*'] }], new AbortController().signal);
      console.log('connected');
      setInterval(() => undefined, 1_000);`;
    const worker = await startProcess({
      args: ['--input-type=module', '-e', script],
      env: {},
      readyLine: /connected/,
      readyWithinMs: 90_000,
    });
    const pid = await program.pid();
    expect(isAlive(pid)).toBe(true);
    await worker.stop('SIGKILL');
    await waitFor(() => (isAlive(pid) ? undefined : true), { timeoutMs: 10_000, what: 'the server to be gone' });
  });
});

describe('the official reference server over HTTP', { timeout: 120_000 }, () => {
  it('serves the deployment and missions that bring it along, through the guard, also after it was replaced', async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}/mcp`;
    const echo = (server: string): Call[] => [[`${server}__echo`, { message: 'ahoy' }]];
    // It tells a session that it does not know with a 400, as a tool might tell anything: only what may be repeated is.
    const ours: McpServer = { name: 'everything', url, headers: {}, trustAnnotations: true };
    const strict: McpServer = { name: 'strict', url, headers: {} };
    const declared: DeclaredTool = { name: 'mine__*', mcp: url };
    await using stage = await createStage({ servers: [ours, strict], loopbackPorts: [port] });
    await using guarded = await createStage({});
    {
      await using _server = await startHttp(port);
      expect((await stage.run(echo('everything'), ['everything__echo']))[0]).toContain('Echo: ahoy');
      expect((await stage.run(echo('strict'), ['strict__echo']))[0]).toContain('Echo: ahoy');
      expect((await stage.run(echo('mine'), ['mine__*'], [declared]))[0]).toContain('Echo: ahoy');
      const [refused] = await guarded.run([['mine__unavailable', {}]], ['mine__*'], [declared]);
      expect(refused).toMatch(/The MCP server mine cannot be reached: .*may not be called/);
    }
    const [gone] = await stage.run(echo('mine'), ['mine__echo'], [{ ...declared, name: 'mine__echo' }]);
    expect(gone).toMatch(/The MCP server mine cannot be reached/);
    await using _server = await startHttp(port);
    expect((await stage.run(echo('everything'), ['everything__echo']))[0]).toContain('Echo: ahoy');
    const twice = await stage.run([...echo('strict'), ...echo('strict')], ['strict__echo']);
    expect(twice[0]).toMatch(/^The MCP server strict refused this: .*session/);
    expect(twice[1]).toContain('Echo: ahoy');
  });

  it('is told apart from one that is gone while it was called: then the call may have been made', async () => {
    await using mail = await startMail();
    await using stage = await createStage({
      servers: [{ name: 'mail', url: mail.url, headers: {} }],
      loopbackPorts: [mail.port],
    });
    const [lost] = await stage.run([['mail__send', {}]], ['mail__send']);
    expect(lost).toMatch(/^outcome_unknown: the MCP server mail was called, .*: the connection was lost\. It may/);
    expect(mail.sent()).toBe(1);
    await mail.close();
    const [gone] = await stage.run([['mail__send', {}]], ['mail__send']);
    expect(gone).toMatch(/^The MCP server mail cannot be reached: no connection could be made/);
  });
});
