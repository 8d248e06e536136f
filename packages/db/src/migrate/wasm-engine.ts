import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

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
    const gluePath = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
    const code = await readFile(new URL(WASM_FILE, `file://${gluePath}`));
    const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
  })());

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
      const thrown = field(field(error, 'cause'), 'kind') === 'GenericJs' ? field(field(error, 'cause'), 'id') : undefined;
      const original = typeof thrown === 'number' ? bound.errorRegistry.consumeError(thrown)?.error : undefined;
      const message = field(original ?? error, 'message');
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

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
