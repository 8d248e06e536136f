#!/usr/bin/env node
// Prisma's CLI starts its schema engine as a program, which it would download from a host of its own. This is that
// program: it speaks the same protocol and runs the WebAssembly build of the same engine, which comes from npm.
// `prisma.config.ts` names it in PRISMA_SCHEMA_ENGINE_BINARY.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { createAdapterFactory } from './adapter.ts';
import { checkConnection, createDatabase, dropDatabase } from './admin.ts';
import { MigrationError } from './connection.ts';
import { serveProtocol } from './protocol.ts';
import { engineHash, openEngine } from './wasm-engine.ts';

/** Commands that touch no database still construct an engine; this address is never connected to. */
const NO_DATABASE = 'postgresql://unset:unset@127.0.0.1:1/unset';

const log = (level: 'INFO' | 'ERROR', message: string, errorCode?: string): void => {
  const fields = errorCode === undefined ? { message } : { message, error_code: errorCode };
  const line = { timestamp: new Date().toISOString(), level, target: 'schema_engine::logger', fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
};

const urlIn = (datasource: unknown, name: string): string | undefined => {
  const url: unknown =
    typeof datasource === 'object' && datasource !== null ? Reflect.get(datasource, name) : undefined;
  return typeof url === 'string' && url !== '' ? url : undefined;
};

/** `schema-engine cli <command>`: the three things the CLI asks for outside the protocol. */
const runCommand = async (command: string | undefined, databaseUrl: string): Promise<number> => {
  // The CLI skips the first line of stderr and parses the rest.
  log('INFO', `schema-engine ${command}`);
  try {
    if (command === 'can-connect-to-database') await checkConnection(databaseUrl);
    else if (command === 'create-database') await createDatabase(databaseUrl);
    else if (command === 'drop-database') await dropDatabase(databaseUrl);
    else throw new MigrationError('P1001', `schema-engine has no command \`${command}\``);
    return 0;
  } catch (error) {
    log(
      'ERROR',
      error instanceof Error ? error.message : String(error),
      error instanceof MigrationError ? error.code : 'P1001',
    );
    return 1;
  }
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    // Options of the native engine that change nothing here are let pass.
    strict: false,
    options: {
      datamodels: { type: 'string', multiple: true },
      datasource: { type: 'string' },
      'enabled-preview-features': { type: 'string' },
      'extension-types': { type: 'string' },
      version: { type: 'boolean' },
    },
  });
  if (values.version === true) {
    process.stdout.write(`schema-engine-cli ${await engineHash()}\n`);
    return 0;
  }
  const datasource: unknown = typeof values.datasource === 'string' ? JSON.parse(values.datasource) : undefined;
  const databaseUrl = urlIn(datasource, 'url') ?? NO_DATABASE;
  if (positionals[0] === 'cli') return runCommand(positionals[1], databaseUrl);

  const schemaPaths = (values.datamodels ?? []).filter((path) => typeof path === 'string');
  await serveProtocol({
    databaseUrl,
    openEngine: async () =>
      openEngine({
        factory: createAdapterFactory(databaseUrl, { shadowDatabaseUrl: urlIn(datasource, 'shadowDatabaseUrl') }),
        ...(schemaPaths.length > 0 && {
          datamodels: await Promise.all(
            schemaPaths.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')]),
          ),
        }),
        onLog: (line) => {
          if (process.env['DEBUG'] !== undefined) process.stderr.write(`${line}\n`);
        },
      }),
    input: process.stdin,
    output: process.stdout,
  });
  return 0;
};

process.exitCode = await main();
