/** The tools a mission has when it names none: what they do, they do at once and without anybody's help. */
export const DEFAULT_TOOL_NAMES = ['calculator', 'current_time', 'http_fetch', 'javascript', 'read_output'] as const;

/** The tools a mission may name. `packages/agent` defines each under this name. */
export const TOOL_NAMES = [
  ...DEFAULT_TOOL_NAMES,
  'python',
  'read_file',
  'write_file',
  'edit_file',
  'list_files',
  'remove_file',
  'shell',
  'web_search',
  'read_plan',
  'write_plan',
  'tick_plan',
  'remember',
  'recall',
  'forget',
  'ask_user',
  'run_mission',
  'llm',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** The one tool that `sim/load` calls; no other model may be given it. */
export const SIM_TOOL_NAME = 'sim_work';
