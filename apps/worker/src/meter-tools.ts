import type { Tool } from '@flotilla/agent';
import type { ToolCall, WorkerFacts } from './facts.ts';
import type { MissionTraces } from './trace/mission-traces.ts';

type Tools = ReadonlyMap<string, Tool>;
export type ToolMeters = Pick<WorkerFacts, 'toolCalled'> & {
  traces: Pick<MissionTraces, 'tool'>;
  /** What keeps a tool from being run, or waited for. */
  guard: (tool: Tool) => Tool;
};

/**
 * The same tools, none of which does anything while its guard is against it, and each run of which is told and traced with
 * its time and its outcome. One that waits instead takes no time of ours.
 */
export function meterTools(tools: Tools, meters: ToolMeters): Tools {
  return new Map([...tools].map(([name, tool]) => [name, meterTool(tool, name, meters)]));
}

/** @param label what it goes by in the figures: of a client's own tools there may be any number */
export function meterTool(tool: Tool, label: string, { toolCalled, traces, guard }: ToolMeters): Tool {
  const guarded = guard(tool);
  if (!('run' in guarded)) return guarded;
  return {
    ...guarded,
    async run(input, context) {
      const { signal } = context;
      const startedAt = performance.now();
      const going = traces.tool(label, context);
      let isTold = false;
      const tell = (outcome: ToolCall['outcome']) => {
        if (isTold) return;
        isTold = true;
        toolCalled({ tool: label, outcome, durationMs: performance.now() - startedAt });
        going.end({ failed: outcome === 'ok' ? null : outcome });
      };
      // A tool that does not listen to its signal is given up by the loop, and may never come back.
      const onAbort = () => tell(abortOf(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const text = await guarded.run(input, context);
        tell('ok');
        return text;
      } catch (error) {
        tell(signal.aborted ? abortOf(signal) : 'error');
        throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

function abortOf({ reason }: AbortSignal): 'timed_out' | 'aborted' {
  return reason instanceof Error && reason.name === 'TimedOutError' ? 'timed_out' : 'aborted';
}
