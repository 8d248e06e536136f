/**
 * Builds the image of `infra/Dockerfile` without Docker, and runs what comes of it:
 *
 *   npm run test:image [-- --without "COPY prisma/migrations"]
 *
 * Follows the Dockerfile's lines in empty folders, then migrates, starts api and worker as an unprivileged user on
 * read-only files, and plays a mission whose tools need every sandbox. A file that no line brings is missed by one of
 * them. `--without` leaves out lines that begin so, to see that.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@flotilla/embedded';
import { openFolder } from '../chaos/stage/folder.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openContainer } from './container.ts';
import { countFiles } from './count-files.ts';
import { postMission, startToolUser } from './mission.ts';

const ROOT = join(import.meta.dirname, '../..');
const OPS_PORT_LINE = /ops listening on http:\/\/[\d.]+:(\d+)/;

const { values } = parseArgs({ options: { without: { type: 'string' } } });
const log = (line: string): void => void process.stdout.write(`${line}\n`);

await using folder = await openFolder({ name: 'image' });
const { app, command, healthCheck } = assemble(join(folder.path, 'stages'));
const image = join(app, '..');
log(`the image's own files: ${await countFiles(app)}`);

const logs = join(ROOT, '.results/image');
// Those of an earlier run would tell of other ports.
await rm(logs, { recursive: true, force: true });
await mkdir(logs, { recursive: true });
const container = await openContainer(image, logs);
log(container.how);

await using postgres = await startPostgres({ log });
await using models = await startToolUser();
const env: NodeJS.ProcessEnv = {
  DATABASE_URL: postgres.url,
  FLOTILLA_ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
  OPENAI_BASE_URL: models.url,
  OPS_PORT: '0',
  PORT: '0',
};
const admin = async (...args: string[]) => container.run(['apps/admin/src/main.ts', ...args, '--json'], env);
const { applied } = JSON.parse(await admin('migrate'));
log(`migrate: ${applied.length} migrations`);
const account = JSON.parse(await admin('create-account', '--name', 'image'));
const { key } = JSON.parse(await admin('create-key', '--account', account.id));

{
  await using api = await container.start({
    name: 'api',
    args: command,
    env,
    readyLine: /api listening on (http:\/\/[\d.:]+)/,
  });
  await using worker = await container.start({
    name: 'worker',
    args: ['apps/worker/src/main.ts'],
    env: { ...env, WORKER_SLOTS: '5' },
    readyLine: /worker ready/,
  });
  const mission = await postMission({ apiUrl: api.ready[1] ?? '', apiKey: key });
  log(`a mission with every sandbox: ${mission.status}, ${mission.output}`);

  const opsPort = await waitFor(async () => OPS_PORT_LINE.exec(await readFile(join(logs, 'worker.log'), 'utf8'))?.[1], {
    what: 'the port of the worker',
  });
  await container.run(healthCheck, { ...env, OPS_PORT: opsPort });
  log('health check: answered');

  for (const child of [worker, api]) {
    child.signal('SIGTERM');
    const { code, signal } = await child.exited;
    log(`${child.name} told to end: ${signal ?? `exit ${code}`}`);
    if (code !== 0) process.exitCode = 1;
  }
  if (mission.status !== 'completed' || mission.failedTools.length > 0) process.exitCode = 1;
  for (const failed of mission.failedTools) log(`FAILED: ${failed}`);
}
log(process.exitCode === 1 ? 'The image does NOT work.' : 'The image works.');

function assemble(into: string): { app: string; command: string[]; healthCheck: string[] } {
  const args = [
    join(ROOT, 'infra/checks/image/assemble.ts'),
    into,
    ...(values.without === undefined ? [] : [values.without]),
  ];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = stdout.trim().split('\n');
  for (const line of lines.slice(0, -1)) log(line);
  if (status !== 0) throw new Error('The image cannot be made.');
  return JSON.parse(lines.at(-1) ?? '');
}
