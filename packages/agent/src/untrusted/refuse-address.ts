import type { JsonValue } from '@flotilla/core';
import type { LoopContext } from '../loop-context.ts';
import type { RunnableTool } from '../tool.ts';
import { addressesIn } from './addresses.ts';

type Context = Pick<LoopContext, 'role' | 'untrusted' | 'addresses'>;

const HINT =
  'Take an address exactly as it stands in your task or in what you have read, search for it, or ask who gave you the task.';

/** Why a call may not go where the model sends it, for the model; `null`: it may. */
export function refuseAddress(context: Context, tool: RunnableTool, input: JsonValue): string | null {
  const address = tool.addressOf?.(input) ?? null;
  if (address === null || isKnown(context, address)) return null;
  return (
    'What strangers wrote is in your context, and this address stands neither in your task nor in anything that came ' +
    `from outside: it could carry away what you know. ${tool.name} was not run. ${HINT}`
  );
}

/** Why a mission may not be started, which could go where the one that starts it may not; `null`: it may. */
export function refuseGoal(context: Context, texts: readonly (string | null)[]): string | null {
  const strange = texts.flatMap((text) => addressesIn(text ?? '')).find((address) => !isKnown(context, address));
  if (strange === undefined) return null;
  return (
    'What strangers wrote is in your context, and the goal names an address that stands neither in your task nor in ' +
    `anything that came from outside. No mission was started. ${HINT}`
  );
}

function isKnown({ role, untrusted, addresses }: Context, address: string): boolean {
  const since = untrusted.since();
  return since === null || role.afterUntrusted === 'run' || addresses.knows(address, since);
}
