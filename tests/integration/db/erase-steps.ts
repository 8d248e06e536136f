import { createId } from '@flotilla/core';
import { send } from './delivery-steps.ts';
import { type Fixture, parkFor, respond, resultOf } from './fixture.ts';

/** Stands in everything that a mission may leave behind. */
export const CANARY = 'canary-7f3a';
const limits = { maxSteps: 10, maxOutputTokens: 100 };
const spec = { goal: CANARY, model: 'sim/load', instructions: CANARY, tools: [], modelOptions: {}, limits };

/** Of that mission alone; the secret is sealed, and here to be found. */
export const webhookOf = ({ accountId }: Fixture) => ({
  accountId,
  url: `https://receiver.example/${CANARY}`,
  secret: CANARY,
  secretHash: 'hash',
});

/** A mission with one of everything that can hang on one, each with the canary in it; a child of its own among it. */
export async function playAll(f: Fixture): Promise<{ missionId: string; childId: string; sessionId: string }> {
  const { db, accountId } = f;
  const sessionId = await f.newSession();
  const missionId = createId('mission');
  const record = { accountId, route: 'POST /v1/missions', key: 'k', fingerprint: 'f', status: 202 };
  const mission = {
    id: missionId,
    accountId,
    sessionId,
    spec: { ...spec, budget: { tokens: 1_000_000, onExhausted: 'pause' as const } },
    pool: 'default',
    priority: 5,
    tags: [CANARY],
    metadata: { note: CANARY },
    endpointId: await f.db.endpoints.ensureForMission(webhookOf(f)),
  };
  await db.missions.createOnce({ mission, record: { ...record, response: { metadata: CANARY } } });
  const workerId = await f.newWorker();
  const first = await db.lease.claim({ missionId, workerId });
  if (first === 'not_ours') throw new Error('the claim failed');
  const own = { missionId, attempt: first.attempt };
  const step = respond(1, 3);
  step.response.message.content = [{ type: 'text', text: CANARY }];
  await db.steps.commitResponse({ ...own, ...step });
  await db.steps.commitToolResult({ ...own, ...resultOf(1, 2, CANARY), fullOutput: CANARY });
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 1 };
  const summary = { step: 2, chainStage: 0, upToStep: 1, text: CANARY };
  await db.steps.commitSummary({ ...own, summary, response: { provider: 'sim', model: 'small', usage } });
  const written = [{ path: `${CANARY}.txt`, content: Buffer.from(CANARY) }];
  await db.workspace.change({ ...own, written, removed: [] });
  await f.sql.query(`INSERT INTO mission_plans (mission_id, items) VALUES ($1, $2)`, [missionId, `["${CANARY}"]`]);

  const park = parkFor({ step: 1, asks: 1, children: 1 });
  const childId = park.children[0]?.id ?? '';
  park.asks = park.asks.map((ask) => ({ ...ask, request: { question: CANARY } }));
  park.children = park.children.map((child) => ({ ...child, spec: { ...child.spec, goal: CANARY } }));
  await db.lease.leave({ ...own, ...park });
  await db.missions.settle([await f.complete(childId, workerId)]);
  const [ask] = await db.missions.asks(accountId, missionId);
  const answer = { decision: 'approved', message: CANARY };
  await db.missions.answer({ accountId, missionId, askId: ask?.id ?? '', answer, answeredBy: CANARY });
  const again = await db.lease.claim({ missionId, workerId });
  if (again === 'not_ours') throw new Error('the second claim failed');
  const left = { missionId, attempt: again.attempt };
  const results = [0, 1].map((index) => db.steps.commitToolResult({ ...left, ...resultOf(1, index, CANARY) }));
  await Promise.all(results);
  const end = await db.lease.leave({ ...left, status: 'completed', output: CANARY });
  if (end === 'fenced') throw new Error('the end was fenced');
  const [deliveryId = ''] = end.deliveryIds;
  const next = { kind: 'retry', afterMs: 60_000 } as const;
  await send(f, deliveryId, { responseStatus: 500, responseBody: CANARY, next });
  return { missionId, childId, sessionId };
}

/** The tables in which anything reads like this. */
export async function tablesWith({ sql }: Fixture, text: string): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql.query(`SELECT FROM "${name}" t WHERE t::text LIKE $1 LIMIT 1`, [`%${text}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found.toSorted();
}
