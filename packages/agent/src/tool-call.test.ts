import type { JsonValue, ToolCallPart, ToolResult, ToolResultCommit } from '@flotilla/core';
import { TOOL_OUTPUT_SHOWN_BYTES, TOOL_OUTPUT_STORED_BYTES } from '@flotilla/core';
import { expect, test } from 'vitest';
import { OutcomeUnknownError } from './outcome-unknown.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { createTool, deaf, echo } from './testing/tools.ts';
import type { Tool } from './tool.ts';
import { timeoutOf } from './tool-timeouts.ts';

/** What one call in a mission comes back with. */
async function answer(part: ToolCallPart, tools: Tool[], allowed?: string[]): Promise<ToolResultCommit> {
  const spec = createSpec({ tools: allowed ?? tools.map(({ name }) => name) });
  const scene = createScene([calls(part), says('ok')], tools, { spec });
  const commits: ToolResultCommit[] = [];
  const { journal } = scene;
  await runMission({
    ...scene.input,
    journal: {
      ...journal,
      async commitToolResult(commit) {
        commits.push(commit);
        await journal.commitToolResult(commit);
      },
    },
  });
  const [commit] = commits;
  if (!commit) throw new Error('no result was committed');
  return commit;
}

async function resultOf(part: ToolCallPart, tools: Tool[], allowed?: string[]): Promise<ToolResult> {
  return (await answer(part, tools, allowed)).result;
}

const secret = createTool('secret', async () => 'ran');

test('a tool that is not on the list of the mission is not run; the model is told which are', async () => {
  const result = await resultOf(toolCall('secret'), [echo, secret], ['echo']);
  expect(result).toMatchObject({
    isError: true,
    content: 'There is no tool "secret" here. The tools of this mission are: echo.',
  });
  expect(await resultOf(toolCall('nope'), [], [])).toMatchObject({
    content: 'There is no tool "nope" here. This mission has no tools.',
  });
});

test('arguments that do not fit come back with what is wrong and where', async () => {
  const result = await resultOf(toolCall('echo', { text: 5, extra: 1 }), [echo]);
  expect(result.isError).toBe(true);
  expect(result.content).toMatch(/expected string, received number/);
  expect(result.content).toMatch(/at text/);
  expect(result.content).toMatch(/extra/);
  expect(result.content).toMatch(/echo was not run/);
});

test('arguments that were not JSON come back with what was wrong', async () => {
  const part = { ...toolCall('echo', '{"text": '), inputError: 'The arguments are not valid JSON: it ends too early' };
  expect(await resultOf(part, [echo])).toMatchObject({
    isError: true,
    content: 'The arguments are not valid JSON: it ends too early\necho was not run.',
  });
});

test('arguments nested without end are refused, not followed', async () => {
  let input: JsonValue = 'x';
  for (let depth = 0; depth < 50_000; depth += 1) input = [input];
  expect(await resultOf(toolCall('echo', input), [echo])).toMatchObject({
    isError: true,
    content: 'The arguments are nested deeper than 100 levels\necho was not run.',
  });
});

test('a tool that takes too long is a result that says so, and whether it may have had its effect', async () => {
  const slow = createTool('slow', () => new Promise(() => undefined), { timeoutMs: 20, idempotent: false });
  expect(await resultOf(toolCall('slow'), [slow])).toMatchObject({
    isError: true,
    content: expect.stringMatching(
      /^outcome_unknown: slow timed out after 0.02 s. It may or may not have had its effect/,
    ),
  });
  const deafButSafe = { ...deaf, timeoutMs: 20 };
  expect(await resultOf(toolCall('deaf'), [deafButSafe])).toMatchObject({ content: 'deaf timed out after 0.02 s.' });
});

test.each([
  [false, /^outcome_unknown: it was called, and then the line went dead\. It may or may not have had its effect/],
  [true, /^it was called, and then the line went dead$/],
])('a tool whose call broke off too late says so, and whether it may be repeated (%s)', async (idempotent, content) => {
  const lost = createTool(
    'lost',
    () => Promise.reject(new OutcomeUnknownError('it was called, and then the line went dead')),
    { idempotent },
  );
  expect(await resultOf(toolCall('lost'), [lost])).toMatchObject({
    isError: true,
    content: expect.stringMatching(content),
  });
});

test('what a tool says after its time is up is dropped: the model is told of the timeout, once', async () => {
  const late = Promise.withResolvers<string>();
  const tool = createTool('late', () => late.promise, { timeoutMs: 5 });
  const ended = createTool('ended', async () => {
    late.resolve('too late');
    return 'fine';
  });
  const scene = createScene([calls(toolCall('late')), calls(toolCall('ended')), says('ok')], [tool, ended]);
  const committed: string[] = [];
  const { journal } = scene;
  const commitToolResult = async (commit: ToolResultCommit) => {
    committed.push(`${commit.step} ${commit.result.content}`);
    await journal.commitToolResult(commit);
  };
  await runMission({ ...scene.input, journal: { ...journal, commitToolResult } });
  expect(committed).toEqual(['1 late timed out after 0.005 s.', '2 fine']);
  expect(scene.journal.steps[0]?.toolCalls[0]?.result?.content).toBe('late timed out after 0.005 s.');
});

test.each([
  ['python', 60_000],
  ['shell', 300_000],
  ['web_search', 30_000],
  ['llm', 60_000],
  ['a_tool_of_ones_own', 60_000],
])('%s may take %i ms, and a tool that says otherwise what it says', (name, ms) => {
  const tool = createTool(name, async () => '');
  expect(timeoutOf(tool)).toBe(ms);
  expect(timeoutOf({ ...tool, timeoutMs: 7 })).toBe(7);
});

test('the key of a call names mission, step and call only', async () => {
  const tool = createTool('key', async (_input, { idempotencyKey }) => idempotencyKey);
  expect(await resultOf(toolCall('key'), [tool])).toMatchObject({
    content: 'm:mis_00000000000000000000000000000001:1:0',
  });
});

test('a long output is shown cut between two characters with a marker, and stored whole', async () => {
  const output = `a${'😀'.repeat(5_000)}`;
  const { result, fullOutput } = await answer(toolCall('long'), [createTool('long', async () => output)]);
  expect(result.truncated).toBe(true);
  expect(Buffer.byteLength(result.content)).toBeLessThanOrEqual(TOOL_OUTPUT_SHOWN_BYTES);
  expect(Buffer.byteLength(result.content)).toBeGreaterThan(TOOL_OUTPUT_SHOWN_BYTES - 4);
  expect(result.content).toMatch(
    /^a(😀)+\n\[output cut here: it has 20001 bytes; all of them are stored with the mission\]$/u,
  );
  expect(fullOutput).toBe(output);
});

test('what is stored of an output has a bound, and the marker says so', async () => {
  const output = 'ä'.repeat(TOOL_OUTPUT_STORED_BYTES);
  const { result, fullOutput } = await answer(toolCall('huge'), [createTool('huge', async () => output)]);
  expect(Buffer.byteLength(fullOutput ?? '')).toBe(TOOL_OUTPUT_STORED_BYTES);
  expect(result.content).toContain(`the first ${TOOL_OUTPUT_STORED_BYTES} are stored`);
});

test('an output of exactly the size that is shown is not cut', async () => {
  const output = 'x'.repeat(TOOL_OUTPUT_SHOWN_BYTES);
  const { result, fullOutput } = await answer(toolCall('fits'), [createTool('fits', async () => output)]);
  expect(result).toMatchObject({ content: output, truncated: false });
  expect(fullOutput).toBeNull();
});

test('what Postgres cannot hold is cleaned out of outputs and errors', async () => {
  const dirty = createTool('dirty', async () => 'a\0b\ud800c');
  expect(await resultOf(toolCall('dirty'), [dirty])).toMatchObject({ content: 'a\u{fffd}b\u{fffd}c' });
  const broken = createTool('broken', async () => {
    throw new Error('bad\0');
  });
  expect(await resultOf(toolCall('broken'), [broken])).toMatchObject({ content: 'bad\u{fffd}', isError: true });
});
