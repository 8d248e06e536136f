import { randomUUID, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { readConfig } from './config.ts';
import type { LoadOptions } from './model.ts';
import { JOB_OPTIONS, openQueue } from './queue.ts';
import { createStore } from './store.ts';

const config = readConfig(process.env);
const store = createStore(config);
const queue = openQueue(config);
await queue.waitUntilReady();

const app = express();
app.use(express.json());
app.post('/v1/missions', (req, res, next) => {
  accept(req, res).catch(next);
});

async function accept(req: Request, res: Response): Promise<void> {
  if (!isAllowed(req.headers.authorization)) {
    res.status(401).json({ error: 'unauthenticated' });
    return;
  }
  const request = readRequest(req.body);
  if (!request) {
    res.status(400).json({ error: 'invalid request' });
    return;
  }
  const id = randomUUID();
  const createdAt = await store.create(id, request.goal, request.load);
  await queue.add('mission', { missionId: id }, JOB_OPTIONS);
  res.status(202).json({ id, status: 'queued', createdAt });
}

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  process.stdout.write(`api listening on http://127.0.0.1:${port}\n`);
});
process.once('SIGTERM', () => process.exit(0));

function isAllowed(header: string | undefined): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${config.apiKey}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function readRequest(body: unknown): { goal: string; load: LoadOptions } | undefined {
  if (typeof body !== 'object' || body === null || !('goal' in body) || typeof body.goal !== 'string') return undefined;
  const asked = 'modelOptions' in body && typeof body.modelOptions === 'object' ? body.modelOptions : null;
  return { goal: body.goal, load: { ...asked } };
}
