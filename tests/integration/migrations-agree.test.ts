import { expect, it } from 'vitest';
import { createTestDatabase } from '../harness/index.ts';
import { exit, prisma, SCHEMA } from './prisma-cli.ts';

it('the migrations make of a database what the schema says, and the CLI needs no network to tell', async () => {
  await using database = await createTestDatabase();
  const agree = ['migrate', 'diff', '--from-config-datasource', '--to-schema', SCHEMA, '--exit-code'];
  expect(await prisma(agree, database.url)).toEqual(exit(0));
});
