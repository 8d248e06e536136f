import { defineParkingTool, type ParkContext, type RunnableTool, type Tool, type ToolContext } from '@flotilla/agent';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { meterTool } from './meter-tools.ts';
import { createToolSwitches } from './tool-switches.ts';

/** The tool as the worker hands it on, and the switches it is under. */
function underSwitches(tool: Tool) {
  const switches = createToolSwitches();
  const end = () => undefined;
  const meters = { toolCalled: end, traces: { tool: () => ({ end }) }, guard: switches.guard };
  return { switches, guarded: meterTool(tool, tool.name, meters) };
}

it('a tool that is switched off says so instead of running, until it is on again', async () => {
  const tool = { name: 'send_mail', run: async () => 'sent' } as unknown as RunnableTool;
  const { switches, guarded } = underSwitches(tool);
  if (!('run' in guarded)) throw new Error('it cannot be run any more');
  const { signal } = new AbortController();
  const run = () => guarded.run({}, { signal } as unknown as ToolContext);
  expect(await run()).toBe('sent');
  switches.set(['send_mail', 'another']);
  await expect(run()).rejects.toThrow('switched off');
  switches.set([]);
  expect(await run()).toBe('sent');
});

it('a mission does not begin to wait for a tool that is switched off', () => {
  const { switches, guarded } = underSwitches(
    defineParkingTool({
      name: 'ask_boss',
      description: 'asks',
      input: z.strictObject({ question: z.string() }),
      park: ({ question }) => ({ kind: 'input', request: { question } }),
    }),
  );
  if (!('park' in guarded)) throw new Error('nobody waits for it any more');
  const park = () => guarded.park({ question: 'may I?' }, {} as unknown as ParkContext);
  const asked = { kind: 'input', request: { question: 'may I?' } };
  expect(park()).toEqual(asked);
  switches.set(['ask_boss']);
  expect(park).toThrow('ask_boss is switched off');
  switches.set([]);
  expect(park()).toEqual(asked);
});
