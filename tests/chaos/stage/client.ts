import { setTimeout as sleep } from 'node:timers/promises';

/** What became of one POST. `status` 0: no answer came, and whether the mission exists is unknown. */
export type Posted = {
  ref: string;
  at: number;
  tookMs: number;
  status: number;
  id: string | null;
  retryAfter: string | null;
};

export type MissionView = {
  id: string;
  status: string;
  output: string | null;
  attempt: number;
  statusReason: { code: string } | null;
};

/** A user of the API, who writes down what he was told. */
export type Client = {
  post(ref: string, mission: object): Promise<Posted>;
  /**
   * `null` when the API knows no such mission.
   * @throws when it cannot say
   */
  read(id: string): Promise<MissionView | null>;
  /** Asks again when told to, for half a minute: a 503 leaves open whether the cancel was written. */
  cancel(id: string): Promise<{ status: number; told: string | null }>;
  posted(): readonly Posted[];
  accepted(): { ref: string; id: string }[];
};

const TIMEOUT_MS = 10_000;
const CANCELS_FOR_MS = 30_000;

export function createClient(options: { url: () => string; apiKey: string }): Client {
  const log: Posted[] = [];

  async function call(method: string, path: string, body?: object) {
    const response = await fetch(`${options.url()}${path}`, {
      method,
      headers: { authorization: `Bearer ${options.apiKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: JSON.parse(text) };
  }

  return {
    async post(ref, mission) {
      const at = Date.now();
      const answer = await call('POST', '/v1/missions', mission).catch(() => null);
      const id = answer?.status === 202 ? String(answer.body.id) : null;
      const status = answer?.status ?? 0;
      const posted = { ref, at, tookMs: Date.now() - at, status, id, retryAfter: answer?.retryAfter ?? null };
      log.push(posted);
      return posted;
    },
    async read(id) {
      const { status, body } = await call('GET', `/v1/missions/${id}`);
      if (status !== 200 && status !== 404) throw new Error(`the API answered ${status}`);
      return status === 200 ? body : null;
    },
    async cancel(id) {
      for (const until = performance.now() + CANCELS_FOR_MS; ; ) {
        const { status, body, retryAfter } = await call('POST', `/v1/missions/${id}/cancel`);
        if (status !== 503 || performance.now() > until) return { status, told: body.missionStatus ?? null };
        await sleep(Number(retryAfter ?? 1) * 1_000);
      }
    },
    posted: () => log,
    accepted: () => log.flatMap(({ ref, id }) => (id === null ? [] : [{ ref, id }])),
  };
}
