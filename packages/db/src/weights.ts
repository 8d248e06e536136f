import type { ChainStage, MissionSpec } from '@flotilla/core';
import type { DeliveryResult } from './deliveries/record.ts';
import type { Leave } from './lease/leave.ts';
import type { NewMission } from './missions/create.ts';

/** What a row weighs in a statement, in characters, beside the long texts it carries. */
export const ROW_WEIGHT = 500;

export function weighMission({ spec, tags, metadata }: Pick<NewMission, 'spec' | 'tags' | 'metadata'>): number {
  const labels = tags.reduce((sum, tag) => sum + tag.length, 0);
  return Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    ROW_WEIGHT + weighSpec(spec) + labels,
  );
}

/** A park carries what it asks, and the children it starts. */
export function weighLeave(move: Leave): number {
  switch (move.status) {
    case 'completed':
      return ROW_WEIGHT + move.output.length;
    case 'waiting':
      return move.children.reduce(
        (sum, child) => sum + ROW_WEIGHT + weighSpec(child.spec),
        ROW_WEIGHT + (move.asks.length > 0 ? JSON.stringify(move.asks).length : 0),
      );
    case 'failed':
    case 'queued':
      return ROW_WEIGHT;
  }
}

export function weighResult({ url, responseBody, error }: DeliveryResult): number {
  return ROW_WEIGHT + url.length + (responseBody?.length ?? 0) + (error?.length ?? 0);
}

function weighSpec({ goal, said = [], knownAddresses = [], chain = [], outputSchema, ...role }: MissionSpec): number {
  const schema = outputSchema ? JSON.stringify(outputSchema).length : 0;
  const own = [goal, ...said.map(({ content }) => content), ...knownAddresses].reduce(
    (sum, text) => sum + text.length,
    schema,
  );
  return chain.reduce((sum, stage) => sum + weighRole(stage), own + weighRole(role));
}

function weighRole({ instructions, declaredTools }: Pick<ChainStage, 'instructions' | 'declaredTools'>): number {
  return (instructions?.length ?? 0) + (declaredTools ? JSON.stringify(declaredTools).length : 0);
}
