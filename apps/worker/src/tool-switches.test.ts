import type { RunnableTool, ToolContext } from '@flotilla/agent';
import { expect, it } from 'vitest';
import { createToolSwitches } from './tool-switches.ts';

it('a tool that is switched off says so instead of running, until it is on again', async () => {
  const switches = createToolSwitches();
  const tool = { name: 'send_mail', run: async () => 'sent' } as unknown as RunnableTool;
  const guarded = switches.guard(tool);
  if (!('run' in guarded)) throw new Error('it cannot be run any more');
  const run = () => guarded.run({}, {} as unknown as ToolContext);
  expect(await run()).toBe('sent');
  switches.set(['send_mail', 'another']);
  await expect(run()).rejects.toThrow('switched off');
  switches.set([]);
  expect(await run()).toBe('sent');
});
