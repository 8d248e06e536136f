import type { JsonObject } from '@flotilla/core';
import { z } from 'zod';

/**
 * What a tool is told about the call it answers. `idempotencyKey` is the same however often the call is repeated, on
 * whatever worker: hand it on to systems that honour one. `signal` aborts when the call times out or its mission stops.
 */
export type ToolContext = { signal: AbortSignal; missionId: string; step: number; callIndex: number; idempotencyKey: string };

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
  /** Checks the model's arguments; the message of a failure is written for the model to mend them. */
  parse(input: unknown): { ok: true; input: unknown } | { ok: false; message: string };
  run(input: unknown, context: ToolContext): Promise<string>;
};

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
    inputSchema: z.toJSONSchema(spec.input, { io: 'input' }) as JsonObject,
    idempotent: spec.idempotent,
    timeoutMs: spec.timeoutMs ?? null,
    parse(input) {
      const parsed = spec.input.safeParse(input);
      return parsed.success ? { ok: true, input: parsed.data } : { ok: false, message: z.prettifyError(parsed.error) };
    },
    run: (input, context) => spec.run(spec.input.parse(input), context),
  };
}
