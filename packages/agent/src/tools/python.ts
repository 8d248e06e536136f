import { z } from 'zod';
import type { Python } from '../python/python.ts';
import type { RunnableTool } from '../tool.ts';
import { defineTool } from '../tool.ts';
import { resultOf } from './script-result.ts';

export function createPythonTool({ python }: { python: Python }): RunnableTool {
  return defineTool({
    name: 'python',
    description:
      'Runs a Python 3 script in a sandbox and returns what it printed and the value of its last expression. ' +
      'The standard library is there; other packages (numpy, pandas, requests), the network, processes, threads and ' +
      'asyncio.run are not. Files are its own, and nothing is kept from one call to the next. Time and memory are ' +
      'limited to 50 seconds and 512 MB.',
    input: z.strictObject({ code: z.string().min(1).max(100_000) }),
    idempotent: true,
    untrusted: false,
    run: async ({ code }, { signal }) => resultOf(await python.run(code, signal), ''),
  });
}
