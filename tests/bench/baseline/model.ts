import { setTimeout as sleep } from 'node:timers/promises';

/** The part of `sim/load`'s options that the bench uses. */
export type LoadOptions = { steps?: number; latencyMs?: number };
export type Message = { role: 'user' | 'assistant' | 'tool'; text: string };
export type Reply = { text: string; toolCall: { id: string; name: string; input: { step: number } } | null };

/** What `sim/load` does: that many replies with one tool call each, then the answer. */
export async function callModel(messages: readonly Message[], options: LoadOptions): Promise<Reply> {
  if (options.latencyMs) await sleep(options.latencyMs);
  const step = messages.filter(({ role }) => role === 'assistant').length + 1;
  const steps = options.steps ?? 3;
  if (step > steps) return { text: `finished after ${steps} tool calls`, toolCall: null };
  return { text: '', toolCall: { id: `sim_${step}`, name: 'sim_work', input: { step } } };
}

export async function runTool({ input }: { input: { step: number } }): Promise<string> {
  return `sim_work finished step ${input.step}`;
}
