import { BREAKER_OPEN_CAP_MS } from '@flotilla/core';
import { expect, test } from 'vitest';
import { createOpenaiProvider } from '../providers/openai/provider.ts';
import { openaiFixture } from '../providers/testing/openai-fixture.ts';
import { refuse, startWireServer, stream } from '../providers/testing/wire-server.ts';
import { runMission } from '../run.ts';
import { createScene } from '../testing/script.ts';
import { createSpec } from '../testing/spec.ts';
import { createGuardedProvider } from './guarded-provider.ts';

/** On a clock that a mission moves on; `npm run test:limits -- --only outage` takes the minute itself. */
const MISSION_EVERY_MS = 1_000;
const OUTAGE_MS = 60_000;

test('a model that is down for a minute is left alone, another answers meanwhile, and then it answers again', async () => {
  await using server = await startWireServer();
  const done = stream(openaiFixture.render({ text: ['done'], stop: 'end', usage: { input: 10, output: 5 } }));
  let isDown = true;
  server.answerWith((response, request) => {
    const isAsked = JSON.stringify(server.requests.at(-1)?.body).includes('"model":"main"');
    return (isDown && isAsked ? refuse(503, { error: { message: 'down' } }) : done)(response, request);
  });
  let nowMs = 0;
  const turns: boolean[] = [];
  const provider = createGuardedProvider(createOpenaiProvider({ apiKey: 'x', baseUrl: `${server.url}/v1` }), {
    now: () => nowMs,
    onTurn: ({ isOpen }) => turns.push(isOpen),
  });
  const spec = createSpec({ model: 'openai/main', fallbackModels: ['openai/second'] });
  const play = async () => {
    nowMs += MISSION_EVERY_MS;
    const { input, journal, waits } = createScene([], [], { spec, providers: () => provider });
    expect(await runMission(input)).toEqual({ kind: 'completed', output: 'done' });
    expect(waits, 'nobody waits who has another model').toEqual([]);
    return journal.steps[0]?.passedOver ?? [];
  };

  const reasons: string[] = [];
  for (let at = 0; at < OUTAGE_MS; at += MISSION_EVERY_MS) reasons.push(...(await play()).map(({ code }) => code));
  const toMain = server.requests.filter(({ body }) => JSON.stringify(body).includes('"model":"main"'));
  // Five to open it, and one each time it half-opens: after 5, 10, 20 and 30 s.
  expect(toMain.length).toBeLessThanOrEqual(9);
  expect(reasons.filter((code) => code === 'provider_overloaded')).toHaveLength(toMain.length);
  expect(reasons.filter((code) => code === 'provider_suspended')).toHaveLength(reasons.length - toMain.length);

  isDown = false;
  while ((await play()).length > 0) expect(nowMs - OUTAGE_MS).toBeLessThanOrEqual(BREAKER_OPEN_CAP_MS);
  expect(turns.at(-1)).toBe(false);
  expect(await play()).toEqual([]);
});
