import type { Tool } from '@flotilla/agent';
import type { ToolCall, WorkerFacts } from './facts.ts';

type Tools = ReadonlyMap<string, Tool>;

/** The same tools, each run of which is told with its time and its outcome. One that waits instead takes no time of ours. */
export function meterTools(tools: Tools, { toolCalled }: Pick<WorkerFacts, 'toolCalled'>): Tools {
  return new Map([...tools].map(([name, tool]) => [name, meter(tool, toolCalled)]));
}

function meter(tool: Tool, toolCalled: WorkerFacts['toolCalled']): Tool {
  if (!('run' in tool)) return tool;
  return {
    ...tool,
    async run(input, context) {
      const { signal } = context;
      const startedAt = performance.now();
      let isTold = false;
      const tell = (outcome: ToolCall['outcome']) => {
        if (isTold) return;
        isTold = true;
        toolCalled({ tool: tool.name, outcome, durationMs: performance.now() - startedAt });
      };
      // A tool that does not listen to its signal is given up by the loop, and may never come back.
      const onAbort = () => tell(abortOf(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const text = await tool.run(input, context);
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
