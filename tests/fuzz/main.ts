/**
 * Requests with something in them that does not belong there, to every route of the API's document:
 *
 *   npm run test:fuzz [-- --requests N] [--seed N]
 *
 * The suite sends a few hundred of the same kind. A failure prints the seed; with it the same requests are made again.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '200000' }, seed: { type: 'string' } },
});
const child = spawn('vitest', ['run', 'tests/integration/fuzz', '--reporter', 'default'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_REQUESTS: values.requests,
    ...(values.seed !== undefined && { FUZZ_SEED: values.seed }),
  },
});
child.once('error', (error) => {
  process.stderr.write(`vitest could not be started: ${error.message}\n`);
  process.exitCode = 1;
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
