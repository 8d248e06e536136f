import { once } from 'node:events';
import { createServer } from 'node:http';
import { NO_USAGE } from '@flotilla/core';
import type { ClaimedDelivery, DeliveryResult } from '@flotilla/db';
import { createLogger, createOutbound, createSecretBox } from '@flotilla/platform';
import { expect, it } from 'vitest';
import { createDeliveryRunner } from './deliver.ts';

it('a webhook is sent to where its endpoint is, and not to where that redirects it', async () => {
  const paths: unknown[] = [];
  await using server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const claimed: ClaimedDelivery = {
    id: 'dlv_1',
    attempt: 1,
    url: `http://127.0.0.1:${port}/hook`,
    sealedSecrets: [],
    eventType: 'mission.completed',
    eventSequence: 3,
    occurredAt: new Date(),
    now: new Date(),
    mission: { id: 'mis_1', status: 'completed', statusReason: null, output: '', usage: NO_USAGE, metadata: {} },
  };
  const recorded: DeliveryResult[] = [];
  const outbound = createOutbound({ allowLoopbackPorts: [port] });
  const deliver = createDeliveryRunner({
    db: {
      deliveries: {
        claim: () => Promise.resolve(claimed),
        record: (result) => Promise.resolve(recorded.push(result) > 0),
      },
    },
    outbound,
    secrets: createSecretBox([Buffer.alloc(32).toString('base64')]),
    logger: createLogger({ service: 'test', level: 'error', format: 'json', write: () => undefined }),
    facts: { deliveryAttempted: () => undefined, fenced: () => undefined },
  });
  await deliver('dlv_1', new AbortController().signal);
  outbound.close();
  expect(paths).toEqual(['/hook']);
  expect(recorded).toMatchObject([{ responseStatus: 307, next: { kind: 'retry' } }]);
});
