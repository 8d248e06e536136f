/**
 * What can be read from a failed statement, however deep Prisma, its adapter and `pg` have wrapped it.
 */

/** The database cannot be reached or cannot take work now. The same statement may succeed soon. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** A mission could not be stored: its session was deleted after it had been looked up. Nothing of the statement holds. */
export class SessionGoneError extends Error {
  override readonly name = 'SessionGoneError';
}

/** SQLSTATE classes and codes, socket errors, and Prisma's own codes that say: not now. */
const UNAVAILABLE =
  /^(08...|53[0-9]00|57P0[1-5]|57014|25006|25P03|55P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|P1001|P1002|P1008|P1017|P2024|P2037)$/;
const UNAVAILABLE_MESSAGE =
  /Connection terminated|Unable to start a transaction in the given time|Query read timeout|timeout exceeded when trying to connect|timeout expired|Can't reach database server|Server has closed the connection|connection pool|not queryable|Client was closed|reading from the socket|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections/i;
/** deadlock_detected and serialization_failure: Postgres rolled the statement back and asks for it again. */
const AGAIN = /^(40P01|40001|P2034)$/;
/** query_canceled, and what the client says where the server is silent. */
const TIMED_OUT = /^57014$/;
const TIMED_OUT_MESSAGE = /Query read timeout/i;
/** The foreign key that a mission's session is held to. */
const OF_SESSION = /missions_session_id_fkey/;
/** unique_violation */
const TAKEN = /^(23505|P2002)$/;

export function isUnavailable(error: unknown): boolean {
  return layersOf(error).some(
    (layer) =>
      layer instanceof DatabaseUnavailableError ||
      UNAVAILABLE.test(layer.code) ||
      UNAVAILABLE_MESSAGE.test(layer.message),
  );
}

export function isToBeRepeated(error: unknown): boolean {
  return layersOf(error).some((layer) => AGAIN.test(layer.code));
}

/** Whether a row was to be written of which there may be one only, and somebody else has written it. */
export function isTaken(error: unknown): boolean {
  return layersOf(error).some((layer) => TAKEN.test(layer.code));
}

/** Whether it took longer than a statement may. A part of it may still be done in time. */
export function isTimedOut(error: unknown): boolean {
  return layersOf(error).some((layer) => TIMED_OUT.test(layer.code) || TIMED_OUT_MESSAGE.test(layer.message));
}

export function isSessionGone(error: unknown): boolean {
  return layersOf(error).some((layer) => OF_SESSION.test(layer.message));
}

type Layer = { code: string; message: string };

/** The error and everything it wraps: `cause`, Prisma's `meta.driverAdapterError`, the adapter's `originalCode`. */
function layersOf(error: unknown): Layer[] {
  const layers: Layer[] = [];
  const open: unknown[] = [error];
  const seen = new Set<unknown>();
  while (open.length > 0 && layers.length < 20) {
    const current = open.pop();
    if (typeof current !== 'object' || current === null || seen.has(current)) {
      continue;
    }
    seen.add(current);
    const fields = new Map<string, unknown>(Object.entries(current));
    const message =
      current instanceof Error ? current.message : (fields.get('message') ?? fields.get('originalMessage'));
    for (const code of [fields.get('code'), fields.get('originalCode'), fields.get('kind')]) {
      layers.push({ code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' });
    }
    open.push(
      current instanceof Error ? current.cause : fields.get('cause'),
      fields.get('meta'),
      fields.get('driverAdapterError'),
      fields.get('errors'),
    );
  }
  return layers;
}
