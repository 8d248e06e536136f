import type { JsonObject } from '@flotilla/core';
import { z } from 'zod';

/**
 * What a tool is told about the call it answers. `idempotencyKey` is the same however often the call is repeated, on
 * whatever worker: hand it on to systems that honour one. `signal` aborts when the call times out or its mission stops.
 */
export type ToolContext = {
  signal: AbortSignal;
  missionId: string;
  step: number;
  callIndex: number;
  idempotencyKey: string;
};

/**
 * A capability the model may call. What `run` returns is shown to the model; what it throws is shown as an error
 * result and never ends the mission. A call that a crash cut off is made again only if the tool is `idempotent`;
 * otherwise its start is recorded first, and the model is told that the outcome is unknown.
 */
export type Tool = {
  name: string;
  description: string;
  inputSchema: JsonObject;
  idempotent: boolean;
  /** `null`: the default of the tool table. */
  timeoutMs: number | null;
  /** What is wrong with the model's arguments, written for the model to mend them; `null` when nothing is. */
  check(input: unknown): string | null;
  /** Takes the arguments as the model wrote them. */
  run(input: unknown, context: ToolContext): Promise<string>;
};

const jsonObject = z.record(z.string(), z.json());

type ToolSpec<Input extends z.ZodObject> = {
  name: string;
  description: string;
  input: Input;
  idempotent: boolean;
  timeoutMs?: number;
  run(input: z.output<Input>, context: ToolContext): Promise<string>;
};

/** The one way to add a tool: the schema that checks the arguments is the schema the model is shown. */
export function defineTool<Input extends z.ZodObject>(spec: ToolSpec<Input>): Tool {
  return {
    name: spec.name,
    description: spec.description,
    inputSchema: jsonObject.parse(z.toJSONSchema(spec.input, { io: 'input' })),
    idempotent: spec.idempotent,
    timeoutMs: spec.timeoutMs ?? null,
    check(input) {
      const parsed = spec.input.safeParse(input);
      return parsed.success ? null : z.prettifyError(parsed.error);
    },
    run: async (input, context) => spec.run(spec.input.parse(input), context),
  };
}
