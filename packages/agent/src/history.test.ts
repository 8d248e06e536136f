import type { Step } from '@flotilla/core';
import { expect, test } from 'vitest';
import { startConversation } from './history.ts';
import { calls, toolCall } from './testing/spec.ts';

/** A step that thought, and called a tool. */
function thoughtfulStep(): Step {
  const response = calls(toolCall('echo'));
  response.message.content.unshift({ type: 'reasoning', provider: 'anthropic', data: { type: 'thinking' } });
  const at = new Date();
  const result = {
    toolCallId: 'call_echo',
    name: 'echo',
    content: 'x',
    isError: false,
    truncated: false,
    untrusted: false,
  };
  const call = { index: 0, id: 'call_echo', name: 'echo', input: {}, status: 'completed' as const, result };
  return {
    number: 1,
    chainStage: 0,
    attempt: 1,
    tries: 1,
    response,
    passedOver: [],
    cached: false,
    toolCalls: [{ ...call, startedAt: at, completedAt: at }],
    startedAt: at,
    respondedAt: at,
    completedAt: at,
  };
}

test('a mission is shown what those before it found out and not what they thought; its own thinking it keeps', () => {
  const earlier = [{ missionId: 'mis_0', goal: 'before', answer: 'done', steps: [thoughtfulStep()] }];
  const surroundings = { earlier, hasTools: true, canReadOutputs: true, outputRule: null };
  const { messages } = startConversation('now', [thoughtfulStep()], surroundings);
  const parts = messages.flatMap((message) => (message.role === 'assistant' ? [message.content] : []));
  expect(parts.map((content) => content.map(({ type }) => type))).toEqual([
    ['tool_call'],
    ['text'],
    ['reasoning', 'tool_call'],
  ]);
});
