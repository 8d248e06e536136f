import type { Tool } from '@flotilla/agent';

/** The tools that operators have switched off, as the registration or the last heartbeat had them. */
export type ToolSwitches = {
  set(off: readonly string[]): void;
  /**
   * The same tool, which is not run while it is off, and for which nothing is begun to wait: its model is told so, and goes
   * on without it. What waits already may be answered.
   */
  guard(tool: Tool): Tool;
};

export function createToolSwitches(): ToolSwitches {
  let switchedOff: ReadonlySet<string> = new Set();
  return {
    set(off) {
      switchedOff = new Set(off);
    },
    guard(tool) {
      function assertOn(): void {
        if (!switchedOff.has(tool.name)) return;
        throw new Error(`${tool.name} is switched off by the operators of this system and was not run.`);
      }
      if ('park' in tool) {
        return {
          ...tool,
          park(input, context) {
            assertOn();
            return tool.park(input, context);
          },
        };
      }
      return {
        ...tool,
        async run(input, context) {
          assertOn();
          return tool.run(input, context);
        },
      };
    },
  };
}
