import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget, Provider } from '@flotilla/agent';
import { type ModelResponse, RetryableError } from '@flotilla/core';
import { type Plan, RATES, type Random } from './plan.ts';

/** What one call is billed, whether or not anybody was left to hear its reply. */
export type Bill = { microUsd: number; tokens: number };
export type Bills = Map<string, Bill[]>;

export const priceOf: Budget['priceOf'] = (_model, { input, output }) => input * RATES.input + output * RATES.output;

/**
 * A provider that keeps the bill by itself: a witness outside the system of what each mission has really cost. It plays
 * the plan that is a mission's goal, and fails now and then: overloaded, which costs nothing, or in the middle of a
 * reply, which costs all of it.
 */
export function createBillingProvider(options: { random: Random; bills: Bills; onCall: () => void }): Provider {
  const { random, bills, onCall } = options;
  return {
    name: 'openai',
    async call(request) {
      onCall();
      const [first] = request.messages;
      const goal = first?.role === 'user' ? first.content.map(({ text }) => text).join('') : '';
      const plan: Plan = JSON.parse(goal);
      const step = request.messages.filter(({ role }) => role === 'assistant').length + 1;
      if (random() < 0.03) throw new RetryableError('provider_overloaded', 'overloaded', { retryAfterMs: 10 });
      const input = Math.floor((JSON.stringify([request.messages, request.tools]).length / 4) * plan.dearness);
      const output = Math.floor((1 + random() * (request.maxOutputTokens - 1)) * plan.dearness);
      const bill = { microUsd: input * RATES.input + output * RATES.output, tokens: input + output };
      bills.set(plan.name, [...(bills.get(plan.name) ?? []), bill]);
      await sleep(2 + random() * 20);
      if (random() < 0.03) throw new RetryableError('provider_stream_cut', 'the connection broke off');
      return {
        ...replyTo(plan, step),
        provider: 'openai',
        model: request.model,
        usage: { inputTokens: input, outputTokens: output, cachedInputTokens: 0, costMicroUsd: bill.microUsd },
      };
    },
  };
}

/** A sum in each step, and in the second the children. */
function replyTo(plan: Plan, step: number): Pick<ModelResponse, 'message' | 'stopReason'> {
  const { name, steps, children, dearness } = plan;
  if (step > steps) {
    return { message: { role: 'assistant', content: [{ type: 'text', text: `${name} is done` }] }, stopReason: 'end' };
  }
  const calls =
    step !== 2 || children.length === 0
      ? [{ name: 'calculator', input: { expression: `${step} + ${step}` } }]
      : children.map((own, index) => {
          const child: Plan = { name: `${name}.${index}`, steps: own, children: [], dearness };
          return { name: 'run_mission', input: { goal: JSON.stringify(child), tools: ['calculator'] } };
        });
  const content = calls.map((call, index) => ({ type: 'tool_call' as const, id: `call_${step}_${index}`, ...call }));
  return { message: { role: 'assistant', content }, stopReason: 'tool_calls' };
}
