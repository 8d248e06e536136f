/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const DECLARED = ['packages/agent/src/tools/declared/declared-tool.test.ts'];
const DECLARED_API = ['tests/integration/api/declared-tools.test.ts'];
const DECLARED_FLEET = ['tests/e2e/declared-tools.test.ts'];
const TOOLS_DIR = ['tests/e2e/tools-dir.test.ts'];

const POST_TOOL = 'apps/worker/src/post-tool.ts';

/** What holds of tools that users add. */
export const OWN_TOOLS: Mutant[] = [
  {
    name: 'a declared tool whose arguments nobody checks',
    file: 'packages/agent/src/tools/declared/declared-tool.ts',
    find: "return verdict.kind === 'valid' ? null : verdict.problem;",
    replace: 'return null;',
    tests: DECLARED,
  },
  {
    name: 'a declared tool’s lost call that is told as one that was not made',
    file: 'packages/agent/src/tools/declared/http-tool.ts',
    find: 'if (!reply.mayHaveArrived)',
    replace: 'if (reply)',
    tests: DECLARED,
  },
  {
    name: 'a declared tool that a list does not name',
    file: 'packages/agent/src/agent-pool.ts',
    find: 'const own = names.flatMap(',
    replace: 'const own = [...names, ...declared.keys()].flatMap(',
    tests: ['packages/agent/src/agent-pool.test.ts'],
  },
  {
    name: 'a declared tool at an address that may not be called',
    file: 'apps/api/src/missions/tool-urls.ts',
    find: 'await outbound.checkUrl(url);',
    replace: '',
    tests: DECLARED_API,
  },
  {
    name: 'a spec with declared tools that workers of the version before take for one of theirs',
    file: 'packages/core/src/mission-spec.ts',
    find: '? 2 : 1',
    replace: '? 1 : 1',
    tests: DECLARED_API,
  },
  {
    name: 'a declared tool’s call without the account’s signature',
    file: 'packages/db/src/missions/signing.ts',
    find: 'ARRAY[a.webhook_secret,',
    replace: 'ARRAY[NULL::text,',
    tests: DECLARED_FLEET,
  },
  {
    name: 'a declared tool’s call that follows a redirect',
    file: POST_TOOL,
    find: 'redirects: 0,',
    replace: 'redirects: 3,',
    tests: DECLARED_FLEET,
  },
  {
    name: 'a declared tool’s call under another key each time',
    file: POST_TOOL,
    find: '{ id: idempotencyKey,',
    replace: '{ id: `${idempotencyKey}:${context.attempt}`,',
    tests: DECLARED_FLEET,
  },
  {
    name: 'a mission played without a tool that its worker lacks',
    file: 'apps/worker/src/leave-to-others.ts',
    find: 'if (isKnown && missing.length === 0) return null',
    replace: 'if (isKnown && missing.length >= 0) return null',
    tests: TOOLS_DIR,
  },
  {
    name: 'a folder of tools that has to bring its own packages',
    file: 'apps/worker/src/own-modules.ts',
    find: 'isTheirs && OURS.has(specifier)',
    replace: 'isTheirs && !OURS.has(specifier)',
    tests: TOOLS_DIR,
  },
];
