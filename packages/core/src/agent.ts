import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { toolsSchema } from './declared-tool.ts';
import { FALLBACK_MODELS_MAX, INSTRUCTIONS_MAX_CHARS, POOL_NAME_MAX_CHARS } from './limits.ts';
import { afterUntrustedSchema, partialLimitsSchema } from './mission-spec.ts';
import { modelOptionsSchema } from './model-options.ts';
import { outputSchemaSchema } from './output-schema.ts';
import { storableText } from './storable-text.ts';

/** What an agent may be called: it stands in addresses and file names. */
export const AGENT_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

const AGENT_REF = /^([a-z0-9][a-z0-9_-]{0,62})(?:@([1-9][0-9]{0,8}))?$/;

/** An agent as missions name it: `researcher`, the newest version there is, or `researcher@3`. */
export type AgentRef = { name: string; version: number | null };

/** `null` when it is no name of an agent. */
export function parseAgentRef(text: string): AgentRef | null {
  const [, name, version] = AGENT_REF.exec(text) ?? [];
  return name === undefined ? null : { name, version: version === undefined ? null : Number(version) };
}

const modelName = storableText(200);

/** What an agent is. Unknown fields are refused, as in a mission's request. */
export const agentDefinitionSchema = z
  .strictObject({
    model: modelName,
    smallModel: modelName
      .optional()
      .describe('For what a lesser model does as well: it mends answers that are not valid, and summarizes.'),
    summarize: z
      .boolean()
      .optional()
      .describe('Whether its models are shown a summary, by smallModel, of what the window has passed by.'),
    fallbackModels: z
      .array(modelName)
      .max(FALLBACK_MODELS_MAX)
      .optional()
      .describe('Tried in this order when model cannot be had; modelOptions are not for them.'),
    instructions: storableText(INSTRUCTIONS_MAX_CHARS),
    tools: toolsSchema.optional(),
    afterUntrusted: afterUntrustedSchema
      .optional()
      .describe('Whether its consequential tools may run unasked once untrusted content is in the context.'),
    limits: partialLimitsSchema.optional(),
    budget: budgetSchema
      .optional()
      .describe(
        'What each of its missions may spend, where those do not say; and where it plays a role of a chain, what may be spent while it is at work, in any case.',
      ),
    modelOptions: modelOptionsSchema.optional(),
    outputSchema: outputSchemaSchema.optional().describe('What the answers of its missions have to be.'),
    pool: storableText(POOL_NAME_MAX_CHARS)
      .optional()
      .describe('The workers that run its missions, where those do not say.'),
  })
  .refine((agent) => agent.summarize !== true || agent.smallModel !== undefined, {
    path: ['smallModel'],
    error: 'is required, since summarize is set',
  })
  .meta({ id: 'AgentDefinition' });

export type AgentDefinition = z.infer<typeof agentDefinitionSchema>;

/** One version of an agent. It never changes: another definition is the next version. */
export type Agent = { id: string; name: string; version: number; definition: AgentDefinition; createdAt: Date };
