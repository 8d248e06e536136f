import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Two cores are what a small machine has; more workers only make real servers slow and clocks unreliable. */
const WORKERS = 2;
/** Its tests wait most of the time: for leases to run out, for processes to start and to drain. */
const SYSTEM_WORKERS = 3;

const LONG = ['tests/**/*.long.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'infra/**/*.test.ts'],
          maxWorkers: WORKERS,
          // Most of the time of a quick test would go into loading the same modules once a file.
          isolate: false,
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          // Beside the system's: these compute while those wait.
          name: 'verify',
          include: ['tests/verify/**/*.test.ts'],
          exclude: LONG,
          isolate: false,
          maxWorkers: SYSTEM_WORKERS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Its package.json leads to what is built of it, which tests of the source do not wait for.
        resolve: {
          alias: { '@flotilla/client': fileURLToPath(new URL('packages/client/src/index.ts', import.meta.url)) },
        },
        test: {
          name: 'system',
          include: ['tests/{integration,contract,e2e}/**/*.test.ts'],
          exclude: LONG,
          isolate: false,
          globalSetup: ['tests/harness/global-setup.ts'],
          maxWorkers: SYSTEM_WORKERS,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          // What takes minutes and is touched seldom: `npm run test:long`, not part of `npm test`.
          name: 'long',
          include: [...LONG, 'tests/e2e/{drain,mission,stop,versions}.test.ts'],
          globalSetup: ['tests/harness/global-setup.ts'],
          maxWorkers: WORKERS,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          // Last and alone: its scenarios have the machine to themselves, and end within five minutes. One that waits
          // for its turn has begun by vitest's clock.
          name: 'chaos',
          include: ['tests/chaos/short.test.ts'],
          maxWorkers: 1,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
    // A forgotten `.only` or an empty suite is a failure, not a pass.
    allowOnly: false,
    passWithNoTests: false,
    teardownTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: '.results/tests.json' }]],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/generated/**'],
    },
  },
});
