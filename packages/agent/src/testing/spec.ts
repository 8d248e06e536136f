import type { MissionSpec, ModelResponse, StopReason, ToolCallPart } from '@flotilla/core';

export const MISSION_ID = 'mis_00000000000000000000000000000001';

export function createSpec(changes: Partial<MissionSpec> = {}): MissionSpec {
  return {
    goal: 'find out',
    model: 'sim/script',
    instructions: null,
    tools: [],
    modelOptions: {},
    limits: { maxSteps: 10, maxOutputTokens: 1_000 },
    ...changes,
  };
}

export function toolCall(name: string, input: ToolCallPart['input'] = {}, id = `call_${name}`): ToolCallPart {
  return { type: 'tool_call', id, name, input };
}

function reply(content: ModelResponse['message']['content'], stopReason: StopReason): ModelResponse {
  return {
    provider: 'sim',
    model: 'script',
    message: { role: 'assistant', content },
    stopReason,
    usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 },
  };
}

export function says(text: string, stopReason: StopReason = 'end'): ModelResponse {
  return reply([{ type: 'text', text }], stopReason);
}

export function calls(...parts: ToolCallPart[]): ModelResponse {
  return reply(parts, 'tool_calls');
}
