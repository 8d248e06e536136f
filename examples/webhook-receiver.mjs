// Is told when a mission is over, and believes only what is signed.
import { randomBytes } from 'node:crypto';
import { verifyWebhook, WebhookVerificationError } from '@flotilla/client';
import express from 'express';
import { connect, port } from './connect.mjs';

const client = connect();
// Yours would be kept in your configuration.
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const url = `http://127.0.0.1:${port}/webhooks`;

const app = express();
// The signature is of the bytes as they came: they must not be parsed before it is checked.
app.post('/webhooks', express.raw({ type: 'application/json' }), async (request, response) => {
  try {
    const { id, type, data } = await verifyWebhook(request.headers, request.body, secret);
    // A webhook may come twice, with the same id: whoever acts on it keeps the ids of those it has seen.
    console.log(`${id} ${type}, signature verified: ${data.output}`);
    response.once('finish', () => process.exit());
    response.sendStatus(204);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${error.message}`);
    response.sendStatus(400);
  }
});
app.listen(port, '127.0.0.1');

// Anybody may send something to an open address.
const headers = { 'webhook-id': 'dlv_1', 'webhook-timestamp': `${Math.floor(Date.now() / 1_000)}` };
await fetch(url, {
  method: 'POST',
  headers: { ...headers, 'webhook-signature': 'v1,forged', 'content-type': 'application/json' },
  body: '{"type": "mission.completed"}',
});

const { id } = await client.missions.create({ goal: 'What is 6 times 7?', webhook: { url, secret } });
console.log(`accepted: ${id}`);
