// Run by the root's `postinstall`: writes the Prisma client that `prisma/schema.prisma` describes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
const CLIENT = join(import.meta.dirname, '../generated/prisma/client.ts');

/** The CLI is a development dependency: an image installed without those brings the client it was built with. */
const findCli = (): string | undefined => {
  try {
    return createRequire(join(ROOT, 'package.json')).resolve('prisma/build/index.js');
  } catch {
    return undefined;
  }
};

const generate = (): { ok: boolean; message: string } => {
  const cli = findCli();
  if (cli === undefined) {
    return existsSync(CLIENT)
      ? { ok: true, message: 'prisma is not installed; the generated client is kept as it is' }
      : {
          ok: false,
          message: 'prisma is not installed and there is no generated client: install with dev dependencies',
        };
  }
  const result = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: ROOT,
    encoding: 'utf8',
    // No update check, no telemetry: an install must not wait for hosts it does not need.
    env: { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1' },
  });
  if (result.status === 0) return { ok: true, message: 'Prisma client generated' };
  const reason = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
  return { ok: false, message: `prisma generate failed (${result.signal ?? result.status}):\n${reason}` };
};

const { ok, message } = generate();
(ok ? process.stdout : process.stderr).write(`${message}\n`);
process.exitCode = ok ? 0 : 1;
