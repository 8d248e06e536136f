import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { baseEnv } from './base-env.ts';

const APPS = ['api', 'worker', 'admin'];

/**
 * Fills the cache of compiled code. Node writes it when a process ends by itself, and most that tests start are killed:
 * each app is loaded once with nothing configured, says so, and ends.
 */
export const compileApps = async (): Promise<void> => {
  const children = APPS.map((app) =>
    spawn(process.execPath, [join(import.meta.dirname, '../../apps', app, 'src/main.ts')], {
      env: baseEnv(),
      stdio: 'ignore',
    }),
  );
  await Promise.all(children.map((child) => once(child, 'close')));
};
