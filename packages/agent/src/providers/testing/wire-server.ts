import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type RecordedRequest = { path: string; headers: IncomingMessage['headers']; body: unknown };
export type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

export type WireServer = AsyncDisposable & {
  url: string;
  requests: RecordedRequest[];
  /** What every request from now on is answered with. */
  answerWith(answer: Answer): void;
};

/** A real HTTP server on loopback for what a well-behaved one never does to its clients. */
export async function startWireServer(): Promise<WireServer> {
  const requests: RecordedRequest[] = [];
  let answer: Answer = (response) => void response.writeHead(500).end();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    requests.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(body) });
    await answer(response, request);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    answerWith(next) {
      answer = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const REQUEST_ID = { 'request-id': 'req_wire', 'x-request-id': 'req_wire', 'x-amzn-requestid': 'req_wire' };

/** What a server may do with a stream. Bytes are counted as they are on the wire. */
export type Answers = ReturnType<typeof createAnswers>;

/** For a wire on which server-sent events are something else: `encode` says what. */
export function createAnswers(wire: { contentType?: string; encode?(stream: string): Buffer } = {}) {
  const { contentType = 'text/event-stream', encode = (text) => Buffer.from(text) } = wire;
  const headers = { 'content-type': contentType, ...REQUEST_ID };

  async function sendOpen(response: ServerResponse, bytes: Buffer): Promise<void> {
    response.writeHead(200, headers).flushHeaders();
    if (bytes.length > 0) await new Promise((resolve) => response.write(bytes, resolve));
  }

  return {
    stream:
      (body: string): Answer =>
      (response) =>
        void response.writeHead(200, headers).end(encode(body)),
    /** Sends the first bytes of a stream, makes sure they have left, and breaks the connection. */
    cutAfter:
      (body: string, bytes: number): Answer =>
      async (response) => {
        await sendOpen(response, encode(body).subarray(0, bytes));
        response.destroy();
      },
    /** Ends the body early without breaking anything: a proxy that gave up, and closes politely. */
    endAfter:
      (body: string, bytes: number): Answer =>
      (response) =>
        void response.writeHead(200, headers).end(encode(body).subarray(0, bytes)),
    /** Sends something and then nothing more, except a keep-alive now and then. */
    hangAfter:
      (body: string, keepAlive: string): Answer =>
      async (response) => {
        await sendOpen(response, encode(body));
        const timer = setInterval(() => response.write(encode(keepAlive)), 10);
        response.on('close', () => clearInterval(timer));
      },
  };
}

export const { stream } = createAnswers();

export const refuse =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(status, {
        'content-type': 'application/json',
        ...REQUEST_ID,
        ...headers,
      })
      .end(JSON.stringify(body));

/** A port nothing listens on: taken from the system and given back. */
export async function closedPort(): Promise<string> {
  const server = await startWireServer();
  await server[Symbol.asyncDispose]();
  return server.url;
}
