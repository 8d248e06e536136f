import type { Client } from './client.ts';
import { DatabaseUnavailableError, isToBeRepeated, isUnavailable } from './errors.ts';
import { Prisma } from './generated/prisma/client.ts';

/** Enough for two fleets' batches to cross; a deadlock that outlasts it is a mistake in the lock order. */
const REPEATS = 5;

/** Runs one hand-written statement, as `runRepeatedly` does. */
export function runStatement<Row>(client: Client, statement: Prisma.Sql): Promise<Row[]> {
  return runRepeatedly(() => client.$queryRaw<Row[]>(statement));
}

/**
 * Runs one statement or one transaction. A deadlock or serialization failure is repeated: Postgres has undone all of it.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 */
export async function runRepeatedly<Result>(run: () => PromiseLike<Result>): Promise<Result> {
  for (let go = 1; ; go++) {
    try {
      return await run();
    } catch (error) {
      if (isToBeRepeated(error) && go < REPEATS) {
        continue;
      }
      throw asUnavailable(error);
    }
  }
}

/**
 * Runs one statement that must not read a whole table. Where a filter is thought to let nothing through, or a limit to
 * let through nearly all there is, Postgres would rather read all that the deployment ever had than all of an index.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 */
export async function runByIndex<Row>(client: Client, statement: Prisma.Sql): Promise<Row[]> {
  const [, rows] = await runRepeatedly(() =>
    client.$transaction([client.$executeRaw`SET LOCAL enable_seqscan = off`, client.$queryRaw<Row[]>(statement)]),
  );
  return rows;
}

/** Names an error that means "not now"; every other passes through as it is. */
export function asUnavailable(error: unknown): unknown {
  return isUnavailable(error) && !(error instanceof DatabaseUnavailableError)
    ? new DatabaseUnavailableError('the database cannot be reached right now', { cause: error })
    : error;
}

/** Items as one parameter: a JSON array that the statement opens with `json_to_recordset`. */
export function recordset(items: readonly object[]): Prisma.Sql {
  return Prisma.sql`json_to_recordset(${JSON.stringify(items)}::json)`;
}
