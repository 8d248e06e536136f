import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import type { SandboxChild } from '../child/spawn.ts';
import { createSpare } from './spare.ts';

const start = (command: string): SandboxChild => spawn(command, { stdio: ['pipe', 'pipe', 'ignore'] });

test('a spare that cannot be started harms nobody before it is taken', async () => {
  const unheard: unknown[] = [];
  const listener = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', listener);
  const spare = createSpare({ startMs: 1_000, keptMs: 60_000 });
  const commands = ['/bin/true', '/nowhere/python'];
  const child = await spare.take(() => start(commands.shift() ?? '/bin/true'));
  await new Promise((done) => setTimeout(done, 200));
  process.off('unhandledRejection', listener);
  expect([child.spawnfile, unheard]).toEqual(['/bin/true', []]);
});
