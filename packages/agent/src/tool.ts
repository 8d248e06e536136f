import type { JsonObject, MissionSpec, Role } from '@flotilla/core';
import { z } from 'zod';

/**
 * What a tool asks a model. `model` with its provider's name; without one it is the small model of whoever has the tool
 * on its list, or else its own.
 */
export type Question = { text: string; instructions?: string; model?: string };

/**
 * What a tool is told about the call it answers. `idempotencyKey` is the same however often the call is repeated, on
 * whatever worker: hand it on to systems that honour one. `signal` aborts when the call times out or its mission stops.
 */
export type ToolContext = {
  signal: AbortSignal;
  missionId: string;
  /** The claim under which it is made: for stores that only the mission's owner may write. */
  attempt: number;
  step: number;
  callIndex: number;
  idempotencyKey: string;
  /**
   * The value of one of the secrets that the tool names. It is for what the tool talks to: wherever it turns up in what
   * the tool returns or throws, its name stands instead.
   * @throws Error for a secret that the tool does not name, or the worker does not have
   */
  secret(name: string): string;
  /**
   * Whether the call may go on to an address that it was sent to in turn, as by a redirect. What holds of `addressOf`
   * holds of it too.
   */
  mayGoTo(address: string): boolean;
  /**
   * Asks a model one question, in the mission's name: within its budget and the fleet's limits, and paid with the call's
   * result. A call may ask once.
   * @throws Error, written for the model that made the call, when there is no answer
   */
  askModel(question: Question): Promise<string>;
};

/**
 * What a tool is, whatever it does. `untrusted`: what it returns may hold what strangers wrote, and is shown to the
 * model marked as such. Absent: it may.
 */
type Described = {
  name: string;
  description: string;
  inputSchema: JsonObject;
  untrusted?: boolean;
  /** What is wrong with the model's arguments, written for the model to mend them; `null` when nothing is. */
  check(input: unknown): string | null;
};

/**
 * A capability the model may call. What `run` returns is shown to the model; what it throws is shown as an error
 * result and never ends the mission. A call that a crash cut off is made again only if the tool is `idempotent`;
 * otherwise its start is recorded first, and the model is told that the outcome is unknown, as it is of one that takes too
 * long or throws `OutcomeUnknownError`.
 */
export type RunnableTool = Described & {
  idempotent: boolean;
  /** `null`: the default of the tool table. While a model has the tool's question, it stands still. */
  timeoutMs: number | null;
  /** Names of the secrets that it may be told. Absent: none. */
  secrets?: readonly string[];
  /**
   * Its effect reaches further than the mission, and cannot be taken back: a payment, a message. Once untrusted content
   * is in the context, somebody has to approve each call of it, unless its agent says otherwise.
   */
  consequential: boolean;
  /** Whether somebody has to approve a call with these arguments before it is made, in any case. Absent: never. */
  needsApproval?(input: unknown): boolean;
  /**
   * The address that a call with these arguments goes to, where the model chooses it. Once untrusted content is in the
   * context, only one that it has not made up is let through, unless its agent says otherwise.
   */
  addressOf?(input: unknown): string;
  /** Takes the arguments as the model wrote them. */
  run(input: unknown, context: ToolContext): Promise<string>;
};

/** What a parking tool is told of the mission that calls it. */
export type ParkContext = {
  missionId: string;
  spec: MissionSpec;
  /** The stage that calls it, whose model and tools are those the call may pass on. */
  role: Role;
  /** Missions above this one, and children it has started, those of earlier calls of the step included. */
  depth: number;
  childCount: number;
};

/**
 * What a call waits for: somebody's answer to `request`, its own making by the mission's client, or the end of a child
 * mission. It comes back as one that nobody answered after `expiresInMs`; `ASK_EXPIRES_AFTER_MS` where not given.
 */
export type Parking =
  | { kind: 'input' | 'tool'; request: JsonObject; expiresInMs?: number }
  | { kind: 'child'; spec: MissionSpec };

/**
 * A tool that waits instead of running: the mission parks until what `park` asks for has come, and that is the call's
 * result. `park` has no effect of its own and may be asked again; what it throws is the result, and nothing is waited for.
 */
export type ParkingTool = Described & { park(input: unknown, context: ParkContext): Parking };

export type Tool = RunnableTool | ParkingTool;

const jsonObject = z.record(z.string(), z.json());

type InputOf<Input extends z.ZodObject> = z.output<Input>;

/** Always, never, by a function of the arguments, or when they are valid by a JSON Schema. */
type ApprovalRule<Input extends z.ZodObject> = boolean | { when: JsonObject } | ((input: InputOf<Input>) => boolean);

type ToolSpec<Input extends z.ZodObject> = {
  name: string;
  description: string;
  input: Input;
  idempotent: boolean;
  timeoutMs?: number;
  /** Default: true. A tool has to say that nobody else's words come out of it. */
  untrusted?: boolean;
  /** Default: false. */
  consequential?: boolean;
  secrets?: readonly string[];
  needsApproval?: ApprovalRule<Input>;
  addressOf?(input: InputOf<Input>): string;
  run(input: InputOf<Input>, context: ToolContext): Promise<string>;
};

/** The one way to add a tool that does something: the schema that checks the arguments is the schema the model is shown. */
export function defineTool<Input extends z.ZodObject>(spec: ToolSpec<Input>): RunnableTool {
  const { idempotent, timeoutMs = null, consequential = false, needsApproval = false, secrets = [] } = spec;
  return {
    ...describe(spec),
    idempotent,
    timeoutMs,
    consequential,
    secrets,
    needsApproval: toRule(spec.input, needsApproval),
    ...(spec.addressOf && { addressOf: (input: unknown) => spec.addressOf?.(spec.input.parse(input)) ?? '' }),
    run: async (input, context) => spec.run(spec.input.parse(input), context),
  };
}

function toRule<Input extends z.ZodObject>(input: Input, rule: ApprovalRule<Input>): (given: unknown) => boolean {
  if (typeof rule === 'boolean') return () => rule;
  if (typeof rule === 'function') return (given) => rule(input.parse(given));
  const schema = z.fromJSONSchema(rule.when);
  return (given) => schema.safeParse(input.parse(given)).success;
}

type ParkingToolSpec<Input extends z.ZodObject> = {
  name: string;
  description: string;
  input: Input;
  /** Default: true. A child mission's answer is judged by what the child has read instead. */
  untrusted?: boolean;
  park(input: InputOf<Input>, context: ParkContext): Parking;
};

/** The one way to add a tool whose call waits. */
export function defineParkingTool<Input extends z.ZodObject>(spec: ParkingToolSpec<Input>): ParkingTool {
  return { ...describe(spec), park: (input, context) => spec.park(spec.input.parse(input), context) };
}

function describe(spec: { name: string; description: string; input: z.ZodObject; untrusted?: boolean }): Described {
  return {
    name: spec.name,
    untrusted: spec.untrusted ?? true,
    description: spec.description,
    inputSchema: jsonObject.parse(z.toJSONSchema(spec.input, { io: 'input' })),
    check(input) {
      const parsed = spec.input.safeParse(input);
      return parsed.success ? null : z.prettifyError(parsed.error);
    },
  };
}
