import { z } from 'zod';
import { budgetSchema, hasRoleBudgets, type SpecBudget } from './budget.ts';
import { type DeclaredTool, toolsSchema } from './declared-tool.ts';
import type { JsonObject } from './json.ts';
import {
  AHEAD_MAX_SECONDS,
  CHAIN_STAGES_MAX,
  DEDUPE_KEY_MAX_CHARS,
  GOAL_MAX_CHARS,
  INSTRUCTIONS_MAX_CHARS,
  MAX_OUTPUT_TOKENS_DEFAULT,
  MAX_OUTPUT_TOKENS_MAX,
  MAX_STEPS_DEFAULT,
  MAX_STEPS_MAX,
  METADATA_MAX_KEYS,
  METADATA_VALUE_MAX_CHARS,
  POOL_NAME_MAX_CHARS,
  PRIORITY_DEFAULT,
  PRIORITY_FIRST,
  PRIORITY_LAST,
  STAGE_NAME_MAX_CHARS,
  TAG_MAX_CHARS,
  TAGS_MAX,
} from './limits.ts';
import { type ModelOptions, modelOptionsSchema } from './model-options.ts';
import { momentSchema } from './moment.ts';
import { outputSchemaSchema } from './output-schema.ts';
import { refuseTwoGoals, type SaidMessage, saidMessagesSchema } from './said-message.ts';
import { isStorableString, UNSTORABLE } from './storable-json.ts';
import { storableText } from './storable-text.ts';

/**
 * The newest version of a spec there is. A worker refuses a mission whose spec is of a version it does not know, and
 * leaves it to a newer one. 2: its roles may bring tools along. 3: it may have a budget. 4: its roles may have settings
 * of their own. 5: it may say which addresses of its goal it may go to. 6: its roles may have budgets. 7: there may be
 * messages before its goal.
 */
export const SPEC_VERSION = 7;

/** Standard Webhooks 1.0.0: `whsec_` and the base64 of 24 to 64 bytes, padding included. */
function isWebhookSecret(value: string): boolean {
  const encoded = value.startsWith('whsec_') ? value.slice('whsec_'.length) : '';
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === encoded;
}

/** One that is far ahead is more likely seconds taken for milliseconds. */
const nearMoment = momentSchema.refine((at) => at.getTime() < Date.now() + AHEAD_MAX_SECONDS * 1_000, {
  error: 'must be within 400 days from now',
});

/**
 * What becomes of a call of a consequential tool once untrusted content is in the context: somebody has to approve it,
 * or it is run. Where nobody says, it has to be approved.
 */
export const afterUntrustedSchema = z.enum(['approve', 'run']);
export type AfterUntrusted = z.infer<typeof afterUntrustedSchema>;

/** `researcher`, or `researcher@3`. */
const agentName = storableText(100).optional();

/** What an agent has of its own, and whoever names one cannot say beside it. */
const OF_AN_AGENT = ['model', 'instructions', 'tools'] as const;

function refuseBesideAgent(
  fields: Partial<Record<'agent' | (typeof OF_AN_AGENT)[number], unknown>>,
  context: z.core.$RefinementCtx,
) {
  if (fields.agent === undefined) return;
  for (const name of OF_AN_AGENT) {
    if (fields[name] === undefined) continue;
    context.addIssue({
      code: 'custom',
      path: [name],
      message: 'must not be given together with agent, which has its own',
    });
  }
}

/** One role of a chain: an agent, or its own instructions. What it leaves out, it has from the mission. */
const chainStageSchema = z
  .strictObject({
    name: storableText(STAGE_NAME_MAX_CHARS).optional(),
    agent: agentName,
    model: storableText(200).optional(),
    instructions: storableText(INSTRUCTIONS_MAX_CHARS).optional(),
    tools: toolsSchema.optional(),
  })
  .superRefine((stage, context) => {
    refuseBesideAgent(stage, context);
    if (stage.agent !== undefined || stage.instructions !== undefined) return;
    context.addIssue({ code: 'custom', path: ['instructions'], message: 'is required, or else agent' });
  })
  .meta({ id: 'ChainStageRequest' });

/** Limits of which some may be left out, to those who know the rest. */
export const partialLimitsSchema = z.strictObject({
  maxSteps: z.int().min(1).max(MAX_STEPS_MAX).optional(),
  maxOutputTokens: z.int().min(1).max(MAX_OUTPUT_TOKENS_MAX).optional(),
});

/** The limits of whoever sets none. */
export const LIMITS_DEFAULT = { maxSteps: MAX_STEPS_DEFAULT, maxOutputTokens: MAX_OUTPUT_TOKENS_DEFAULT } as const;

/** What a client may POST. Unknown fields are refused: a misspelt limit must not pass for no limit. */
export const missionRequestSchema = z
  .strictObject({
    goal: storableText(GOAL_MAX_CHARS).optional().describe('What it is to do; or else messages.'),
    messages: saidMessagesSchema
      .optional()
      .describe('A conversation instead of goal: its last message is the goal, and the others are shown before it.'),
    agent: agentName.describe(
      'Who is to do it, such as researcher or researcher@3; or else model, instructions and tools, as far as they matter.',
    ),
    model: storableText(200).optional(),
    instructions: storableText(INSTRUCTIONS_MAX_CHARS).optional(),
    tools: toolsSchema.optional(),
    chain: z
      .array(chainStageSchema)
      .min(1)
      .max(CHAIN_STAGES_MAX)
      .optional()
      .describe('Roles that do the work one after the other.'),
    modelOptions: modelOptionsSchema.optional(),
    limits: partialLimitsSchema.optional(),
    budget: budgetSchema.optional().describe('What it may spend.'),
    outputSchema: outputSchemaSchema.optional().describe('What the answer has to be, as JSON Schema.'),
    sessionId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('The conversation it belongs to; the missions of one run one after the other.'),
    pool: storableText(POOL_NAME_MAX_CHARS).optional().describe('The workers that are to run it.'),
    startAt: nearMoment.optional().describe('Not to be started before this moment.'),
    delay: z
      .number()
      .min(0)
      .max(AHEAD_MAX_SECONDS)
      .optional()
      .describe('Not to be started for so many seconds; instead of startAt.'),
    expiresAt: nearMoment.optional().describe('Not to be started after this moment.'),
    deadline: nearMoment.optional().describe('To be done by this moment, wherever it stands then.'),
    priority: z.int().min(PRIORITY_FIRST).max(PRIORITY_LAST).default(PRIORITY_DEFAULT),
    webhook: z
      .strictObject({
        url: storableText(2_000),
        secret: z
          .string()
          .refine(isWebhookSecret, { error: 'must be whsec_ followed by 24 to 64 bytes in base64' })
          .optional(),
      })
      .optional()
      .describe(
        'Told of the end of the mission, and of nothing before it; a webhook endpoint of the account may subscribe to every event.',
      ),
    metadata: z
      .record(
        storableText(100),
        z.string().max(METADATA_VALUE_MAX_CHARS).refine(isStorableString, { error: UNSTORABLE }),
      )
      .refine((value) => Object.keys(value).length <= METADATA_MAX_KEYS, {
        error: `must have at most ${METADATA_MAX_KEYS} keys`,
      })
      .default({}),
    tags: z.array(storableText(TAG_MAX_CHARS)).max(TAGS_MAX).default([]),
    dedupe: z
      .strictObject({
        key: storableText(DEDUPE_KEY_MAX_CHARS),
        onConflict: z
          .enum(['return_existing', 'reject'])
          .default('return_existing')
          .describe('What a request is answered that comes while there is one.'),
      })
      .optional()
      .describe('Of the account’s missions with the same key at most one is unfinished.'),
  })
  .refine((request) => request.startAt === undefined || request.delay === undefined, {
    path: ['delay'],
    error: 'must not be given together with startAt',
  })
  .superRefine(refuseTwoGoals)
  .superRefine(refuseBesideAgent)
  .meta({ id: 'MissionRequest' });

export type MissionRequest = z.infer<typeof missionRequestSchema>;

/**
 * What was asked, as the worker reads it: complete, defaults filled in, and never changed after the POST.
 * Who it is for, when and where it runs are columns of the mission instead.
 */
export type MissionSpec = {
  goal: string;
  /** What was said before the goal, as the request has it: never empty. It stands there in every role's conversation. */
  said?: SaidMessage[];
  model: string;
  instructions: string | null;
  /** Names of the tools the model may call. An allow-list: nothing else is run, whatever the model asks for. */
  tools: string[];
  /** Those of them that it brings along. */
  declaredTools?: DeclaredTool[];
  modelOptions: ModelOptions;
  limits: { maxSteps: number; maxOutputTokens: number };
  /** Roles that do the work one after the other, each handing its answer on; absent or empty: one role, as above. */
  chain?: ChainStage[];
  /** The agent that was named. What it was at that time is copied here. */
  agent?: NamedAgent;
  /** What the answer of its last role has to be, as JSON Schema. */
  outputSchema?: JsonObject;
  /** Said by its agent. */
  afterUntrusted?: AfterUntrusted;
  /** Its goal was written by a model that had untrusted content in its context: so has this mission, from its start. */
  untrusted?: true;
  /**
   * Where it is `untrusted`: the addresses it may go to of all that its goal and instructions name, or texts that name
   * them. The model that wrote those may have made up any other, to carry away what it knows.
   */
  knownAddresses?: string[];
  smallModel?: string;
  summarize?: boolean;
  fallbackModels?: string[];
  /** Absent: nothing limits what it spends as a whole. What it was raised to meanwhile is in the mission's own state. */
  budget?: SpecBudget;
};

/** One version of an agent, as it is written down where it was used. */
export type NamedAgent = { id: string; name: string; version: number };

/** One role of a chain: a durable stage of the mission, with a conversation of its own. */
export type ChainStage = {
  name: string;
  model: string;
  instructions: string | null;
  tools: string[];
  declaredTools?: DeclaredTool[];
  afterUntrusted?: AfterUntrusted;
  agent?: NamedAgent;
} & StageSettings;

/** What a role may have of its own, as the agent that plays it says. */
export type StageSettings = {
  modelOptions?: ModelOptions;
  /** `maxSteps` counts the steps of this role, beside the mission's own limit for all of them. */
  limits?: { maxSteps?: number | undefined; maxOutputTokens?: number | undefined };
  /** What its answer has to be. Of the last role the mission's own comes first. */
  outputSchema?: JsonObject;
  smallModel?: string;
  summarize?: boolean;
  fallbackModels?: string[];
  /** What is spent while this role is at work, by it and the missions it starts; beside the mission's own budget. */
  budget?: SpecBudget;
};

const STAGE_SETTINGS = ['modelOptions', 'limits', 'outputSchema', 'smallModel', 'summarize', 'fallbackModels'] as const;

/** A role as it is played: with what it has from its mission. */
export type Role = ChainStage & {
  modelOptions: ModelOptions;
  limits: { maxSteps?: number | undefined; maxOutputTokens: number };
};

/** The roles of a mission, at least one. */
export function stagesOf(spec: MissionSpec): readonly [Role, ...Role[]] {
  const { model, instructions, tools, declaredTools, afterUntrusted, agent } = spec;
  const [first, ...rest] = spec.chain ?? [];
  if (first) return [toRole(spec, first), ...rest.map((stage) => toRole(spec, stage))];
  const brought = { ...(declaredTools && { declaredTools }), ...(afterUntrusted && { afterUntrusted }) };
  const only = toRole(spec, { name: 'agent', model, instructions, tools, ...brought });
  return [{ ...only, ...(agent && { agent }) }];
}

/** An agent that plays a role has models of its own, or none: those of the mission's agent are not for it. */
function toRole({ modelOptions, limits, fallbackModels, smallModel, summarize }: MissionSpec, stage: ChainStage): Role {
  const maxOutputTokens = stage.limits?.maxOutputTokens ?? limits.maxOutputTokens;
  const inherited = {
    ...(fallbackModels && { fallbackModels }),
    ...(smallModel !== undefined && { smallModel }),
    ...(summarize !== undefined && { summarize }),
  };
  return { modelOptions, ...(!stage.agent && inherited), ...stage, limits: { ...stage.limits, maxOutputTokens } };
}

/** The oldest version of a spec that says all of this one: the more workers know it, the sooner one runs it. */
export function specVersionOf(spec: MissionSpec): number {
  // A worker that does not know them would not know what the goal is about.
  if (spec.said) return 7;
  // A worker that does not know them would keep to none.
  if (hasRoleBudgets(spec)) return 6;
  // A worker that does not know them would go wherever the goal says.
  if (spec.knownAddresses) return 5;
  // A worker that does not know them would play a role without its limits.
  if (spec.chain?.some((stage) => STAGE_SETTINGS.some((name) => stage[name] !== undefined))) return 4;
  // A worker that knows no budgets would keep to none.
  if (spec.budget) return 3;
  return stagesOf(spec).some(({ declaredTools }) => declaredTools !== undefined) ? 2 : 1;
}
