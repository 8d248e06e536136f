// A tool of your own that moves money, and a person who has to approve each call of it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { verifyWebhook } from '@flotilla/client';
import { connect, port } from './connect.mjs';

const client = connect();
// Yours would be kept in your configuration.
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const address = `http://127.0.0.1:${port}`;

// The tool is called by a signed POST, once somebody has approved it. The mission's webhook comes here too.
const server = createServer(async (request, response) => {
  try {
    const { type, data } = await verifyWebhook(request.headers, await text(request), secret);
    if (type === 'tool_call.requested') console.log(`refunding ${JSON.stringify(data.arguments)}`);
    else server.emit('over');
    response.end('refunded');
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(port, '127.0.0.1');
const over = once(server, 'over');

const { id } = await client.missions.create({
  goal: 'Call issue_refund with {"order": "A-17", "usd": 400}.',
  tools: [
    {
      name: 'issue_refund',
      description: 'Pays a customer back.',
      inputSchema: {
        type: 'object',
        properties: { order: { type: 'string' }, usd: { type: 'number' } },
        required: ['order', 'usd'],
      },
      url: `${address}/issue-refund`,
      needsApproval: true,
    },
  ],
  webhook: { url: `${address}/webhooks`, secret },
});

for await (const { type } of client.missions.stream(id)) {
  if (type !== 'mission.waiting') continue;
  const { data: asks } = await client.missions.asks(id);
  for (const ask of asks) {
    console.log(`to be approved: ${JSON.stringify(ask.request)}`);
    // A person decides here. This one finds it too much, and approves a smaller sum.
    const answer = { decision: 'approved', arguments: { order: 'A-17', usd: 40 }, message: 'Only the shipping.' };
    await client.missions.answer(id, { askId: ask.id, answer });
  }
}

const { status, output } = await client.missions.result(id);
console.log(`${status}: ${output}`);
await over;
server.close();
server.closeAllConnections();
