import type { Ask, ChildStart } from '@flotilla/core';
import { ASK_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { Answer } from './answer.ts';
import { messageOf, refuse } from './answer.ts';
import { hashArguments } from './arguments-hash.ts';
import type { OpenCall } from './history.ts';
import type { LoopContext } from './loop-context.ts';
import type { Parking } from './tool.ts';
import type { Waiting } from './tool-call.ts';
import { createGoalJudge } from './untrusted/refuse-address.ts';

/** What the waiting calls of a step ask for, and those that are answered instead: what they ask for is not to be had. */
export type Asked = { asks: Ask[]; children: ChildStart[]; refused: { call: OpenCall; answer: Answer }[] };

/** Goes through them in call order, so that the same calls are within the bounds of a mission whoever resumes. */
export function askFor(context: LoopContext, waiting: readonly Waiting[]): Asked {
  const { missionId, spec, role, depth = 0, childCount = 0, untrusted } = context;
  const asked: Asked = { asks: [], children: [], refused: [] };
  const judgeGoal = createGoalJudge(context);
  for (const { call, tool, because } of waiting) {
    const { step, index, part } = call;
    if (because !== null) {
      const request = {
        tool: tool.name,
        description: tool.description,
        arguments: part.input,
        because,
        // Whoever is asked can look at what was read there.
        ...(because === 'untrusted_content' && { untrustedSince: untrusted.since() }),
      };
      const argumentsHash = hashArguments(part.input);
      asked.asks.push({ kind: 'approval', step, index, request, argumentsHash, expiresInMs: ASK_EXPIRES_AFTER_MS });
      continue;
    }
    let parking: Parking;
    try {
      const started = childCount + asked.children.length;
      parking = tool.park(part.input, { missionId, spec, role, depth, childCount: started });
    } catch (error) {
      asked.refused.push({ call, answer: refuse(messageOf(error)) });
      continue;
    }
    if (parking.kind === 'child') {
      const { goal, instructions } = parking.spec;
      const judged = judgeGoal([goal, instructions]);
      if (judged.refused !== null) {
        asked.refused.push({ call, answer: refuse(judged.refused) });
        continue;
      }
      const guard = untrusted.since() !== null && { untrusted: true as const, knownAddresses: judged.known };
      asked.children.push({ step, index, spec: { ...parking.spec, ...guard } });
      continue;
    }
    const { kind, request, expiresInMs = ASK_EXPIRES_AFTER_MS } = parking;
    asked.asks.push({ kind, step, index, request, argumentsHash: null, expiresInMs });
  }
  return asked;
}
