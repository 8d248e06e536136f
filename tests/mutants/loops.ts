import type { Mutant } from './mutant.ts';

const PARSE = ['apps/api/src/body/parse-json.test.ts'];

/** What keeps one process's event loop from being everybody's trouble, and alerts from being blind. */
export const LOOPS: Mutant[] = [
  {
    name: 'a worker whose late loop takes missions all the same',
    file: 'apps/worker/src/adjust-taking.ts',
    find: 'isHeldBack || isLate',
    replace: 'isHeldBack',
    tests: ['apps/worker/src/adjust-taking.test.ts'],
  },
  {
    name: 'a worker whose loop stays late and takes nothing for good',
    file: 'apps/worker/src/loop-guard.ts',
    find: 'const PAUSE_MAX_MS = 5_000;',
    replace: 'const PAUSE_MAX_MS = 2 ** 30;',
    tests: ['apps/worker/src/loop-guard.test.ts'],
  },
  {
    name: 'a load watch that changes its mind with every look',
    file: 'packages/platform/src/load/load-watch.ts',
    find: 'const LOOKS = 4;',
    replace: 'const LOOKS = 1;',
    tests: ['packages/platform/src/load/load-watch.test.ts'],
  },
  {
    name: 'a large body that is parsed without a pause',
    file: 'apps/api/src/body/slices.ts',
    find: 'await nextTurn();',
    replace: 'void nextTurn;',
    tests: PARSE,
  },
  {
    name: 'a batch that is parsed in one piece',
    file: 'apps/api/src/body/scan-json.ts',
    find: 'list?.cuts.push(at);',
    replace: '',
    tests: PARSE,
  },
  {
    name: 'a part of a batch with nothing after its last comma',
    file: 'apps/api/src/body/parse-json.ts',
    find: ' || parsed.length === 0',
    replace: '',
    tests: PARSE,
  },
  {
    name: 'a count of a pool’s waits that begins with the first',
    file: 'apps/worker/src/metrics/mission-metrics.ts',
    find: 'parked.inc({ pool, code }, 0);',
    replace: 'void code;',
    tests: ['tests/verify/rules.test.ts'],
  },
];
