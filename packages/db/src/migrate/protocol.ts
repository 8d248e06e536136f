import { createInterface } from 'node:readline';

import { createDatabase } from './admin.ts';
import { databaseOf } from './connection.ts';
import type { SchemaEngine } from './wasm-engine.ts';

/** What the CLI may call, and nothing else that happens to be a property of the engine. */
const METHODS = new Set([
  'applyMigrations',
  'createMigration',
  'dbExecute',
  'debugPanic',
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'diff',
  'ensureConnectionValidity',
  'evaluateDataLoss',
  'introspect',
  'introspectSql',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
  'schemaPush',
  'version',
]);

/** Ids of our own requests to the CLI stay clear of the ids of its requests to us. */
const PRINT_IDS_FROM = 1_000_000;

/** The native engine's code for every error it answers with. */
const ENGINE_ERROR = 4466;

type Request = { id: number; method: string; params: unknown };

const isRequest = (message: unknown): message is Request =>
  typeof message === 'object' &&
  message !== null &&
  'id' in message &&
  typeof message.id === 'number' &&
  'method' in message &&
  typeof message.method === 'string';

/**
 * The conversation between Prisma's CLI and its schema engine: JSON-RPC 2.0, one message a line, on stdin and stdout.
 * Requests are answered one after another, as the native engine does. Ends when the CLI closes the pipe.
 */
export const serveProtocol = async (options: {
  databaseUrl: string;
  openEngine: () => Promise<SchemaEngine>;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}): Promise<void> => {
  const { databaseUrl, input, output } = options;
  let opened: SchemaEngine | undefined;
  const send = (message: object): void => {
    output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  };

  const call = async ({ method, params }: Request): Promise<unknown> => {
    if (method === 'createDatabase') {
      await createDatabase(databaseUrl);
      return { databaseName: databaseOf(databaseUrl) };
    }
    const name = method === 'getDatabaseVersion' ? 'version' : method;
    opened ??= await options.openEngine();
    const implementation: unknown = METHODS.has(name) ? Reflect.get(opened.engine, name) : undefined;
    if (typeof implementation !== 'function') throw new Error(`The schema engine has no method \`${method}\`.`);
    return Reflect.apply(implementation, opened.engine, [params]);
  };

  const answer = async (request: Request): Promise<void> => {
    try {
      const result = await call(request);
      // The native engine has the CLI print a diff; the WebAssembly build returns it instead.
      if (request.method === 'diff' && hasStdout(result)) {
        send({ id: PRINT_IDS_FROM + request.id, method: 'print', params: { content: result.stdout } });
        send({ id: request.id, result: { ...result, stdout: null } });
      } else {
        send({ id: request.id, result: result ?? {} });
      }
    } catch (error) {
      const known = opened?.explain(error);
      send({
        id: request.id,
        error: {
          code: ENGINE_ERROR,
          message: 'An error happened. Check the data field for details.',
          data: {
            is_panic: known?.isPanic ?? false,
            message: known?.message ?? (error instanceof Error ? error.message : String(error)),
            error_code: known?.code,
            meta: known?.meta ?? null,
          },
        },
      });
    }
  };

  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const message: unknown = JSON.parse(line);
    // Its replies to `print` carry no method.
    if (isRequest(message)) await answer(message);
  }
  await opened?.[Symbol.asyncDispose]();
};

const hasStdout = (result: unknown): result is { stdout: string } =>
  typeof result === 'object' && result !== null && 'stdout' in result && typeof result.stdout === 'string';
