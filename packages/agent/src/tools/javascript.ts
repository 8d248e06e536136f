import { z } from 'zod';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { RunnableTool } from '../tool.ts';
import { defineTool } from '../tool.ts';
import { resultOf } from './script-result.ts';

export function createJavascript({ sandbox }: { sandbox: Sandbox }): RunnableTool {
  return defineTool({
    name: 'javascript',
    description:
      'Runs a JavaScript snippet in a sandbox and returns what console.log printed and the value of the last expression. ' +
      'The language itself is there, top-level await included; network, files, timers, require and import are not. ' +
      'Nothing is kept from one call to the next. Time and memory are limited to 10 seconds and 64 MB.',
    input: z.strictObject({ code: z.string().min(1).max(100_000) }),
    idempotent: true,
    untrusted: false,
    run: async ({ code }, { signal }) => resultOf(await sandbox.run(code, signal), 'undefined'),
  });
}
