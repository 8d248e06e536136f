import { type AskedTools, declaredIn } from '@flotilla/core';
import { type Outbound, OutboundRefusedError } from '@flotilla/platform';
import { ProblemError } from '../problem.ts';

/**
 * Judges the addresses of declared tools, before anything is stored. DNS is not asked: the guard asks at every call.
 * @throws {ProblemError} `url_not_allowed`, below the JSON pointer `path`
 */
export type CheckToolUrls = (asked: AskedTools | undefined, path: string) => Promise<void>;

export function createToolUrlChecker(outbound: Pick<Outbound, 'checkUrl'>): CheckToolUrls {
  return async function checkToolUrls(asked = [], path) {
    for (const [index, tool] of declaredIn(asked)) {
      const [field, url] = 'mcp' in tool ? (['mcp', tool.mcp] as const) : (['url', tool.url] as const);
      if (url === undefined) continue;
      try {
        await outbound.checkUrl(url);
      } catch (error) {
        if (!(error instanceof OutboundRefusedError)) throw error;
        throw new ProblemError('url_not_allowed', `The tool ${tool.name} cannot be called there: ${error.message}.`, {
          errors: [{ path: `${path}/${index}/${field}`, message: error.message }],
          members: { reason: error.reason },
          cause: error,
        });
      }
    }
  };
}
