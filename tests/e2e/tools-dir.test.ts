import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { startFleet } from './fleet.ts';
import { startModelServer } from './model-server.ts';
import { startToolServer } from './tool-server.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The tool that a document shows how to write. */
async function exampleIn(document: string): Promise<string> {
  const text = await readFile(join(ROOT, document), 'utf8');
  const [, code] = /```ts\n(import \{ defineTool \}[\s\S]*?)```/.exec(text) ?? [];
  if (code === undefined) throw new Error(`${document} has no example of a tool`);
  return code;
}

it('is shown the same in both places that tell how to write a tool, in fifteen lines', async () => {
  const code = await exampleIn('CONTRIBUTING.md');
  expect(await exampleIn('packages/agent/README.md')).toBe(code);
  expect(code.split('\n').filter((line) => line.trim() !== '')).toHaveLength(15);
});

it('the tool of the documents runs in a mission, once a worker has it; a worker that has it not leaves the mission alone', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-tools-'));
  stack.defer(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'stock-level.ts'), await exampleIn('CONTRIBUTING.md'));
  const stock = stack.use(await startToolServer(() => ({ body: '7', headers: { 'content-type': 'text/plain' } })));
  const models = stack.use(
    await startModelServer({
      play: ({ step, results }) =>
        step === 1 ? [{ name: 'stock_level', input: { article: 'sail' } }] : results.join(),
    }),
  );
  const env = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl };
  const fleet = stack.use(await startFleet('postgres', env));
  const withTools = { TOOLS_DIR: dir, STOCK_URL: stock.url };
  const post = () => fleet.post({ goal: 'count', model: 'openai/gpt-test', tools: ['stock_level'] });

  await fleet.startWorker();
  expect(await post()).toMatchObject({ status: 422, body: { code: 'unknown_tool' } });
  const having = await fleet.startWorker(withTools);
  const accepted = await waitFor(
    async () => {
      const answer = await post();
      return answer.status === 202 ? answer : undefined;
    },
    { timeoutMs: 10_000, what: 'the tool to be known' },
  );
  expect(await fleet.ended(accepted.body.id, 60_000)).toMatchObject({
    status: 'completed',
    output: expect.stringContaining('7 pieces'),
  });

  // While a fleet is replaced, the one worker left is of the other kind.
  await having.stop();
  const { body } = await post();
  const left = await waitFor(
    async () => {
      const mission = await fleet.get<{ statusReason: { code: string; message: string } | null }>(
        `/v1/missions/${body.id}`,
      );
      return mission.statusReason ?? undefined;
    },
    { timeoutMs: 10_000, what: 'the mission to be left alone' },
  );
  expect(left).toMatchObject({ code: 'no_worker', message: expect.stringContaining('stock_level') });
  await fleet.startWorker(withTools);
  expect(await fleet.ended(body.id, 60_000)).toMatchObject({
    status: 'completed',
    output: expect.stringContaining('7 pieces'),
  });
}, 180_000);
