import { z } from 'zod';
import { toolsSchema } from './declared-tool.ts';
import { GOAL_MAX_CHARS, INSTRUCTIONS_MAX_CHARS } from './limits.ts';
import { partialLimitsSchema } from './mission-spec.ts';
import { storableText } from './storable-text.ts';

/** What a fork may change of the mission it goes off from. */
export const missionPatchSchema = z
  .strictObject({
    goal: storableText(GOAL_MAX_CHARS).optional(),
    model: storableText(200).optional(),
    instructions: storableText(INSTRUCTIONS_MAX_CHARS).nullable().optional(),
    tools: toolsSchema.optional(),
    limits: partialLimitsSchema.optional(),
  })
  .meta({ id: 'MissionPatch' });

export type MissionPatch = z.infer<typeof missionPatchSchema>;
