import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { expect } from 'vitest';

import { baseEnv } from '../harness/index.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const MIGRATIONS = join(ROOT, 'prisma/migrations');
export const SCHEMA = join(ROOT, 'prisma/schema.prisma');

/**
 * Loaded into every process of the CLI: fails on any address but this machine's, and says which. Whatever tried to
 * download is caught here even where the download would succeed.
 */
const NO_NETWORK = `
import net from 'node:net';
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = typeof options === 'object' ? options.host : args[1];
  if (host !== undefined && host !== '127.0.0.1') {
    process.stderr.write('NETWORK ' + host + '\\n');
    process.exit(99);
  }
  return connect.apply(this, args);
};`;

type Run = { code: number | null; output: string };

/** Plain `prisma …`, as `npx prisma …` runs it, in the repository's root. */
export const prisma = (args: string[], databaseUrl?: string): Promise<Run> =>
  new Promise((resolve, reject) => {
    const cli = createRequire(join(ROOT, 'package.json')).resolve('prisma/build/index.js');
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: ROOT,
      env: {
        ...baseEnv(),
        NO_COLOR: '1',
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(NO_NETWORK)}`,
        ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });

/** Compared whole, so that a failure shows what was printed. */
export const exit = (code: number) => ({ code, output: expect.any(String) });
