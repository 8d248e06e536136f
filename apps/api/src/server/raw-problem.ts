import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { REQUEST_CODES } from '@flotilla/core';
import { newRequestId } from '../http/request-facts.ts';
import { ProblemError, toProblem } from '../problem.ts';

/** Time for the client to read the answer; closing at once could reset the connection and take the answer along. */
const CLOSE_AFTER_MS = 500;

/** Answers on a bare socket, where there is no request to answer to, and ends it. */
export function endWithProblem(socket: Duplex, problem: ProblemError): void {
  const { status } = REQUEST_CODES[problem.code];
  const requestId = newRequestId();
  const body = JSON.stringify(toProblem(problem, { requestId, path: '' }));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(problem.parts.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), CLOSE_AFTER_MS).unref();
}

/** What the HTTP parser, or its clock, had against a request. */
export function problemOfParser(error: Error): ProblemError {
  switch ('code' in error ? error.code : undefined) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request_timeout', 'The request did not arrive whole in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers_too_large', 'The header may be at most 16 KB.');
    default:
      return new ProblemError('malformed_request', 'The request does not follow RFC 9112.');
  }
}
