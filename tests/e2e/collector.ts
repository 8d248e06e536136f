import { once } from 'node:events';
import { createServer } from 'node:http';

export type ReceivedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** `flotilla-api`, `flotilla-worker`; and which process of it. */
  service: string;
  instance: string;
  fields: Record<string, string>;
  failed: boolean;
};

/** A collector that takes OTLP over HTTP, as JSON, and keeps what it was sent. */
export type Collector = AsyncDisposable & {
  url: string;
  spans: ReceivedSpan[];
  /** Everything it was sent, as it came. */
  bodies: string[];
};

type Attribute = { key: string; value: Record<string, unknown> };
type Otlp = {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        attributes?: Attribute[];
        status?: { code?: number };
      }[];
    }[];
  }[];
};

export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      bodies.push(body);
      if (request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(body)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    bodies,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function spansIn({ resourceSpans }: Otlp): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = fieldsOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes = [], status }) => ({
        traceId,
        spanId,
        parentSpanId,
        name,
        service: of['service.name'] ?? '',
        instance: of['service.instance.id'] ?? '',
        fields: fieldsOf(attributes),
        failed: status?.code === 2,
      })),
    );
  });
}

function fieldsOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
