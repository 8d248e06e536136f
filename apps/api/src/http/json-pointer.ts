/** A hostile key may be 200 KB long; an error message that repeats it need not be. */
const SEGMENT_MAX_CHARS = 80;

/** A JSON pointer (RFC 6901) to a place in a body: `/webhook/url`. The whole body is the empty string. */
export function toJsonPointer(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${escapeSegment(String(segment))}`).join('');
}

function escapeSegment(segment: string): string {
  const short = segment.length > SEGMENT_MAX_CHARS ? `${segment.slice(0, SEGMENT_MAX_CHARS)}…` : segment;
  return short.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
}
