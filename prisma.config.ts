import { delimiter, join } from 'node:path';

import { defineConfig } from 'prisma/config';

// Without this the CLI, even for `generate`, downloads a native engine from a host that locked-down machines cannot
// reach. Ours runs the same engine from npm; see packages/db/src/migrate/schema-engine.ts.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= join(import.meta.dirname, 'packages/db/src/migrate/schema-engine.ts');
// It starts with `env node`, and has to find the Node of node_modules also where the system's is older.
process.env['PATH'] = [join(import.meta.dirname, 'node_modules/.bin'), process.env['PATH']].join(delimiter);

// No question about newer versions and no telemetry on every command.
process.env['CHECKPOINT_DISABLE'] ??= '1';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `generate` and `validate` need no database, and must work without one.
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
