import { API_KEYS_MAX, type Ask, SCOPES } from '@flotilla/core';
import { type Api, claim, commitStep, fillKeys, storeMission } from '../fixture.ts';

/** What requests are about: each of these is made anew, so that none is in another's way. */
export type World = {
  api: Api;
  running(): Promise<string>;
  completed(): Promise<string>;
  failed(): Promise<string>;
  cancelled(): Promise<string>;
  /** A mission that waits for an answer, and what it asked. */
  waiting(kind?: 'input' | 'approval'): Promise<{ missionId: string; askId: string }>;
  session(): Promise<string>;
  /** Not the one that requests are made with. */
  apiKey(): Promise<string>;
  /** One that may do everything but what wants this scope. */
  keyWithout(scope: string): Promise<string>;
  /** An account that has as many API keys as it may, and as many that go on beside those in their place. */
  allKeys(): Promise<{ key: string; keyId: string }>;
  agent(name: string): Promise<string>;
  /** An account whose backlog is full, and a mission of it that was cancelled. */
  full(): Promise<{ key: string; missionId: string }>;
};

export function createWorld(api: Api): World {
  /** An account has not as many keys as the API has operations. */
  const without = new Map<string, string>();

  async function begun(goal: object = { goal: 'What is 2 + 2?', tags: ['sums'] }) {
    const running = await claim(api, await api.post(goal));
    await commitStep(api, running, { number: 1, text: 'Let me see.' });
    return running;
  }

  return {
    api,
    running: async () => (await begun()).missionId,
    async completed() {
      const running = await begun();
      await api.db.lease.leave({ ...running, status: 'completed', output: '4' });
      return running.missionId;
    },
    async failed() {
      const running = await begun();
      await api.db.lease.leave({ ...running, status: 'failed', code: 'provider_error', message: 'x' });
      return running.missionId;
    },
    async cancelled() {
      const id = await api.post();
      await api.call('POST', `/v1/missions/${id}/cancel`);
      return id;
    },
    async waiting(kind = 'input') {
      const running = await begun();
      const ask: Ask = {
        kind,
        step: 1,
        index: 0,
        request: { question: 'May I?' },
        argumentsHash: kind === 'approval' ? 'hash' : null,
        expiresInMs: 60_000,
      };
      const waitingFor = { kind, detail: {} };
      const reason = { code: 'awaiting_input', message: 'it asks' };
      await api.db.lease.leave({
        ...running,
        status: 'waiting',
        ...reason,
        waitingFor,
        asks: [ask],
        children: [],
        tries: 0,
      });
      const { data } = (await api.call('GET', `/v1/missions/${running.missionId}/asks`)).body;
      return { missionId: running.missionId, askId: data[0]?.id ?? '' };
    },
    apiKey: async () =>
      (await api.call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['missions:read'] } })).body.id,
    async keyWithout(scope) {
      const key =
        without.get(scope) ??
        (await api.newKey(
          api.accountId,
          SCOPES.filter((other) => other !== scope),
        ));
      without.set(scope, key);
      return key;
    },
    async allKeys() {
      const { accountId, key } = await api.newAccount(`keys ${crypto.randomUUID()}`);
      await fillKeys(api, accountId, { live: API_KEYS_MAX, replaced: API_KEYS_MAX });
      const { data } = (await api.call('GET', '/v1/api-keys?limit=1', { key })).body;
      return { key, keyId: data[0]?.id ?? '' };
    },
    session: async () => (await api.call('POST', '/v1/sessions')).body.id,
    async agent(name) {
      await api.call('PUT', `/v1/agents/${name}`, { body: { model: 'sim/demo', instructions: 'Sum up.' } });
      return name;
    },
    async full() {
      const { accountId, key } = await api.newAccount(`full ${crypto.randomUUID()}`);
      const missionId = await storeMission(api, accountId);
      await api.call('POST', `/v1/missions/${missionId}/cancel`, { key });
      await api.sql.query('UPDATE accounts SET max_queued = 1 WHERE id = $1', [accountId]);
      await api.call('POST', '/v1/missions', { key, body: { goal: 'x' } });
      return { key, missionId };
    },
  };
}
