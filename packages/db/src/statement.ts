import { createTurns } from '@flotilla/core';
import { type Client, readsByIndex } from './client.ts';
import { DatabaseUnavailableError, isSessionGone, isToBeRepeated, isUnavailable, SessionGoneError } from './errors.ts';
import { Prisma } from './generated/prisma/client.ts';

const BRIEFLY = '2s';
/** Enough for two fleets' batches to cross; a deadlock that outlasts it is a mistake in the lock order. */
const REPEATS = 5;

/** Runs one hand-written statement, as `runRepeatedly` does. */
export function runStatement<Row>(client: Client, statement: Prisma.Sql): Promise<Row[]> {
  return runRepeatedly(() => client.$queryRaw<Row[]>(statement));
}

/**
 * Runs one statement or one transaction. A deadlock or serialization failure is repeated: Postgres has undone all of it.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 * @throws {SessionGoneError} when a mission was to be stored whose session has just been deleted
 */
export async function runRepeatedly<Result>(run: () => PromiseLike<Result>): Promise<Result> {
  for (let go = 1; ; go++) {
    try {
      return await run();
    } catch (error) {
      if (isToBeRepeated(error) && go < REPEATS) {
        continue;
      }
      throw isSessionGone(error) ? new SessionGoneError('the session is gone', { cause: error }) : asUnavailable(error);
    }
  }
}

/**
 * Runs one statement that must not read a whole table. Where a filter is thought to let nothing through, or a limit to
 * let through nearly all there is, Postgres would rather read all that the deployment ever had than all of an index.
 * Behind a pooler that takes a transaction, four round trips; elsewhere connections are told once.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 */
export async function runByIndex<Row>(client: Client, statement: Prisma.Sql): Promise<Row[]> {
  if (readsByIndex(client)) return runStatement<Row>(client, statement);
  const [, rows] = await runRepeatedly(() =>
    client.$transaction([client.$executeRaw`SET LOCAL enable_seqscan = off`, client.$queryRaw<Row[]>(statement)]),
  );
  return rows;
}

/**
 * Runs one statement after another that locks what it goes by: its snapshot, younger than the locks, has what those have
 * written who held them before. Others wait for these locks: see `LOCKS_BRIEFLY`.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 */
export async function runLocked<Row>(
  client: Client,
  { lock, statement }: { lock: Prisma.Sql; statement: Prisma.Sql },
): Promise<Row[]> {
  const [, , rows] = await runRepeatedly(() =>
    client.$transaction([
      client.$executeRaw(LOCKS_BRIEFLY),
      client.$executeRaw(lock),
      client.$queryRaw<Row[]>(statement),
    ]),
  );
  return rows;
}

/**
 * Runs one statement once all others of the same line have committed, in whichever process: what it counts is exact. Who
 * waits has a connection meanwhile: it is for what is rare, and no process waits with more than one of a line at a time. It
 * reads by indexes, as `runByIndex` does, since others wait for it.
 * @throws {DatabaseUnavailableError} when the database cannot take it now
 */
export async function runInLine<Row>(client: Client, line: string, statement: Prisma.Sql): Promise<Row[]> {
  const lock = Prisma.sql`
    SELECT pg_advisory_xact_lock(hashtextextended(${line}, 0)), set_config('enable_seqscan', 'off', true)`;
  return turnsOf(client)(line, () => runLocked<Row>(client, { lock, statement }));
}

const turns = new WeakMap<Client, ReturnType<typeof createTurns>>();

function turnsOf(client: Client): ReturnType<typeof createTurns> {
  const known = turns.get(client) ?? createTurns();
  turns.set(client, known);
  return known;
}

/**
 * The first statement of a transaction that locks rows for which others would have to wait: ends it where its process
 * stands still, or is cut off, between two statements. TCP would notice after hours, and somebody who stands still never.
 */
export const LOCKS_BRIEFLY = Prisma.sql`SELECT set_config('idle_in_transaction_session_timeout', ${BRIEFLY}, true)`;

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

/**
 * A condition that every item meets, and of which Postgres thinks that one does: whatever a statement joins to its items
 * is then looked up for each by an index. A recordset is thought to have a hundred rows, as many as a table of a new
 * deployment has, and who joins those reads the table whole. Such a plan is kept (`kept.ts`) until the table
 * is analyzed, however it grows meanwhile: at 1,900 missions each that ended took 22 ms of Postgres, and ever more.
 * @param id a text column of the recordset that is never NULL
 */
export function lookedUp(id: string): Prisma.Sql {
  const column = Prisma.raw(`"${id}"`);
  return Prisma.sql`${column} = ${column} || ''`;
}
