import type { Tool } from '@flotilla/agent';

/** The tools that operators have switched off, as the last heartbeat had them. */
export type ToolSwitches = {
  set(off: readonly string[]): void;
  /** The same tool, which is not run while it is off: its model is told so, and goes on without it. */
  guard(tool: Tool): Tool;
};

export function createToolSwitches(): ToolSwitches {
  let switchedOff: ReadonlySet<string> = new Set();
  return {
    set(off) {
      switchedOff = new Set(off);
    },
    guard(tool) {
      if (!('run' in tool)) return tool;
      return {
        ...tool,
        async run(input, context) {
          if (switchedOff.has(tool.name)) {
            throw new Error(`${tool.name} is switched off by the operators of this system and was not run.`);
          }
          return tool.run(input, context);
        },
      };
    },
  };
}
