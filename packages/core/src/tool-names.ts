/** The tools a mission may name, and those it has when it names none. `packages/agent` defines each under this name. */
export const TOOL_NAMES = ['calculator', 'current_time', 'http_fetch', 'javascript'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** The one tool that `sim/load` calls; no other model may be given it. */
export const SIM_TOOL_NAME = 'sim_work';
