import type { SandboxReply } from '../sandbox/protocol.ts';

/**
 * What a script came to, for the model. `nothing`: how its language spells a value that is none.
 * @throws Error with what it printed and what it died of
 */
export function resultOf({ printed, ok, value }: SandboxReply, nothing: string): string {
  if (!ok) throw new Error(printed ? `${printed}\n${value}` : value);
  if (!printed) return value;
  return value === nothing ? printed : `${printed}\n=> ${value}`;
}
