import { expect, test } from 'vitest';
import { createToolContext } from '../testing/tool-context.ts';
import { createReadOutput, type OutputRef } from './read-output.ts';

function open(text: string | null) {
  const asked: OutputRef[] = [];
  const outputs = { read: (_: unknown, output: OutputRef) => (asked.push(output), Promise.resolve(text)) };
  const tool = createReadOutput({ outputs });
  return { asked, read: (input: object) => tool.run({ step: 3, ...input }, createToolContext()) };
}

test('shows a long output piece by piece, and all of it in the end', async () => {
  const text = Array.from({ length: 4_000 }, (_, line) => `line ${line} ä😀`).join('\n');
  const { read, asked } = open(text);
  let seen = '';
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const shown = await read({ call: 2, offset });
    expect(Buffer.byteLength(shown)).toBeLessThan(9_200);
    const [note = '', from] = /\n\[characters (\d+) to \d+ of \d+; .*\]$/.exec(shown) ?? [];
    expect(Number(from)).toBe(offset);
    seen += shown.slice(0, -note.length);
    const next: string | undefined = /offset (\d+)\]$/.exec(note)?.[1];
    offset = next === undefined ? undefined : Number(next);
  }
  expect(seen).toBe(text);
  expect(asked[0]).toEqual({ missionId: null, step: 3, index: 2 });
});

test('shows no more than was asked for, and says where there is nothing', async () => {
  const { read, asked } = open('abcdefgh');
  expect(await read({ offset: 2, length: 3, mission: 'mis_9' })).toBe(
    'cde\n[characters 2 to 5 of 8; go on with offset 5]',
  );
  expect(asked).toEqual([{ missionId: 'mis_9', step: 3, index: 0 }]);
  expect(await read({ offset: 9 })).toBe('[the output has 8 characters; there is none at 9]');
  await expect(open(null).read({})).rejects.toThrow('There is no output of call 0 of step 3.');
});

test('finds a text in either case, with what is around it and where it is', async () => {
  const text = `${'x'.repeat(500)} Needle one ${'y'.repeat(500)} İ needle two`;
  const { read } = open(text);
  const found = await read({ find: 'NEEDLE' });
  const offsets = [...found.matchAll(/offset (\d+): …/g)].map((match) => Number(match[1]));
  expect(offsets.map((at) => text.slice(at, at + 10))).toEqual(['Needle one', 'needle two']);
  expect(await read({ find: 'needle', offset: 600 })).not.toContain('one');
  expect(await read({ find: 'nowhere' })).toBe('Not found from offset 0 on.');
  expect(await open('a'.repeat(100)).read({ find: 'a' })).toMatch(/\[the first 20; look on/);
});
