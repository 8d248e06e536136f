import type { ModelResponse } from '@flotilla/core';
import { createAgentPool } from '../agent-pool.ts';
import type { MissionInput } from '../loop-context.ts';
import { createMemoryJournal } from '../memory-journal.ts';
import type { CallHooks, ModelRequest, Provider } from '../provider.ts';
import { createStop } from '../stop.ts';
import type { Tool } from '../tool.ts';
import { createSpec, MISSION_ID } from './spec.ts';

type Move = ModelResponse | Error | ((request: ModelRequest, hooks: CallHooks) => Promise<ModelResponse>);

/** A provider that makes the given moves, one a call, and remembers what it was asked. */
function createScriptedProvider(moves: Move[]): Provider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name: 'sim',
    requests,
    async call(request, hooks) {
      const move = moves[requests.length];
      requests.push(request);
      if (!move) throw new Error('the script is over');
      if (move instanceof Error) throw move;
      return typeof move === 'function' ? move(request, hooks) : move;
    },
  };
}

/** A mission on a scripted model, its journal in memory, its waits over at once, on a clock that only they move. */
export function createScene(moves: Move[], tools: Tool[] = [], changes: Partial<MissionInput> = {}) {
  const provider = createScriptedProvider(moves);
  const journal = createMemoryJournal({
    missionId: MISSION_ID,
    attempt: 1,
    ...(changes.steps && { steps: changes.steps }),
  });
  const waits: number[] = [];
  let clockMs = 0;
  const stop = createStop();
  const input: MissionInput = {
    missionId: MISSION_ID,
    attempt: 1,
    spec: createSpec({ tools: tools.map(({ name }) => name) }),
    steps: [],
    tries: 0,
    failingForMs: null,
    providers: (name) => (name === 'sim' ? provider : undefined),
    agents: createAgentPool({ tools: new Map(tools.map((tool) => [tool.name, tool])) }),
    journal,
    stop,
    random: () => 1,
    now: () => clockMs,
    async sleep(ms) {
      waits.push(ms);
      clockMs += ms;
    },
    ...changes,
  };
  return { input, provider, journal, waits, stop };
}
