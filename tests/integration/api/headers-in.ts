import type { IncomingMessage } from 'node:http';

/** The headers of an answer, several of one name together. */
export function headersIn({ headersDistinct }: IncomingMessage): Headers {
  return new Headers(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]));
}
