import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Neither the es2024 library nor Node's types declare it, and the DOM's types have no place in a server. */
declare const WebAssembly: {
  instantiate(
    code: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
  RuntimeError: new () => Error;
};

const WASM_FILE = 'schema_engine_bg.wasm';

/** The glue holds one module per process, so it is instantiated once; a promise, so that two callers share it. */
let loading: Promise<void> | undefined;

// Importing the package's main entry would do the same through Node's WebAssembly modules, which are still
// experimental and print a warning on stderr, where the CLI expects JSON.
const load = (): Promise<void> =>
  (loading ??= (async () => {
    const gluePath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const code = await readFile(join(dirname(gluePath), WASM_FILE));
    const { instance } = await WebAssembly.instantiate(code, {
      './schema_engine_bg.js': { ...glue, ...quietTimers() },
    });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
  })());

/**
 * The engine never clears the ten-second timeout around its lock, which would keep a finished process waiting. While a
 * query is under way its socket keeps the process alive. The function's name ends in a hash, hence the search.
 */
const quietTimers = (): Record<string, (callback: () => void, ms: number) => NodeJS.Timeout> => {
  const names = Object.keys(glue).filter((name) => name.startsWith('__wbg_setTimeout_'));
  return Object.fromEntries(names.map((name) => [name, (callback, ms) => setTimeout(callback, ms >>> 0).unref()]));
};

/** The commit the engine was built from; it has to be the one the CLI of the same version expects. */
export const engineHash = async (): Promise<string> => {
  await load();
  return glue.version();
};

export type SchemaEngine = {
  readonly engine: glue.SchemaEngine;
  /** What the database said, where the engine only reports that its adapter failed. */
  readonly explain: (error: unknown) => { message: string; code?: string; meta?: unknown; isPanic: boolean };
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * Prisma's schema engine, the WebAssembly build of the very commit the CLI would download as a native program.
 * @param datamodels schema files as `[path, content]`; needed only by the methods that compare with the schema
 */
export const openEngine = async (options: {
  factory: SqlMigrationAwareDriverAdapterFactory;
  datamodels?: [string, string][];
  onLog?: (line: string) => void;
}): Promise<SchemaEngine> => {
  await load();
  let panic: string | undefined;
  // The engine's panic hook calls this global by name.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        panic = message;
      },
    },
  });

  // The engine drops its adapters without waiting for them to close; an open pool would keep the process alive.
  const opened: SqlDriverAdapter[] = [];
  const remember = async (connecting: Promise<SqlDriverAdapter>): Promise<SqlDriverAdapter> => {
    const adapter = await connecting;
    let disposing: Promise<void> | undefined;
    const once = { ...adapter, dispose: () => (disposing ??= adapter.dispose()) };
    opened.push(once);
    return once;
  };
  const bound = bindMigrationAwareSqlAdapterFactory({
    ...options.factory,
    connect: () => remember(options.factory.connect()),
    connectToShadowDb: () => remember(options.factory.connectToShadowDb()),
  });
  const onLog = (line: unknown): void => options.onLog?.(String(line));
  const engine = await glue.SchemaEngine.new({ datamodels: options.datamodels }, onLog, bound);

  return {
    engine,
    explain: (error) => {
      if (error instanceof WebAssembly.RuntimeError) return { message: panic ?? error.message, isPanic: true };
      const thrown =
        field(field(error, 'cause'), 'kind') === 'GenericJs' ? field(field(error, 'cause'), 'id') : undefined;
      const original = typeof thrown === 'number' ? bound.errorRegistry.consumeError(thrown)?.error : undefined;
      const message = field(original ?? error, 'message');
      const failed = failedMigration(message);
      if (failed !== undefined) return { message: failed, code: 'P3018', isPanic: false };
      const code = field(original ?? error, 'code') ?? field(error, 'code');
      return {
        message: typeof message === 'string' ? message : String(error),
        meta: field(error, 'meta'),
        isPanic: false,
        ...(typeof code === 'string' && { code }),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((adapter) => adapter.dispose()));
    },
  };
};

/**
 * The native engine reports a failing script as P3018; this build hands on its inner error, with a trace of the engine's
 * own source below it that names the migration.
 */
const failedMigration = (message: unknown): string | undefined => {
  if (typeof message !== 'string') return undefined;
  const [, reason, trace] = /^external connector error\n([^]*?)(\n\s+0: [^]*)$/.exec(message) ?? [];
  const name = /with migration_name="(.+)"/.exec(trace ?? '')?.[1];
  return name === undefined ? undefined : `Migration \`${name}\` failed to apply: ${reason}`;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
