import type { JsonValue } from '@flotilla/core';
import type { LoopContext } from './loop-context.ts';
import type { RunnableTool } from './tool.ts';

/** Why somebody has to approve a call: its tool says so, of these arguments or of all; or untrusted content may have asked for it. */
export type ApprovalReason = 'tool' | 'untrusted_content';

/** `null`: nobody has to. A rule that fails does not let the call through. */
export function reasonToApprove(
  { role, untrusted }: Pick<LoopContext, 'role' | 'untrusted'>,
  tool: RunnableTool,
  input: JsonValue,
): ApprovalReason | null {
  try {
    if (tool.needsApproval?.(input)) return 'tool';
  } catch {
    return 'tool';
  }
  const isGuarded = tool.consequential && role.afterUntrusted !== 'run';
  return isGuarded && untrusted.since() !== null ? 'untrusted_content' : null;
}
