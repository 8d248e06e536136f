import { z } from 'zod';
import { MAX_STEPS_MAX } from './limits.ts';

export const modelOptionsSchema = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional(),
    reasoningEffort: z
      .enum(['none', 'low', 'medium', 'high', 'xhigh', 'max'])
      .optional()
      .describe(
        'How much the model is to think before it answers; which of these a model knows is its provider’s matter.',
      ),
    /** Only `sim/load` knows the ones below: how the simulated provider and tool behave. */
    steps: z
      .int()
      .min(0)
      .max(MAX_STEPS_MAX - 1)
      .optional(),
    latencyMs: z.int().min(0).max(3_600_000).optional(),
    outputBytes: z.int().min(0).max(1_000_000).optional(),
    failEvery: z.int().min(1).max(1_000_000).optional(),
    failWith: z.enum(['429', '500', '529', 'terminal']).optional(),
    stallEvery: z.int().min(1).max(1_000_000).optional(),
    outageMs: z.int().min(0).max(3_600_000).optional(),
    toolLatencyMs: z.int().min(0).max(3_600_000).optional(),
  })
  .meta({
    id: 'ModelOptions',
    description:
      'temperature and reasoningEffort are for any model; the others only for sim/load, the simulated provider.',
  });

/** Options handed to the model; which of them a model honours is its provider's matter. */
export type ModelOptions = z.infer<typeof modelOptionsSchema>;
