import { percentile } from '../bench/statistics.ts';
import { openEventSource } from '../harness/event-source.ts';
import type { Answer, Request } from './send.ts';

/** What clients do beside posting, each as a share of all requests; one third of the missions has a webhook. */
const SHARES = { post: 0.4, read: 0.3, list: 0.1, stream: 0.1, cancel: 0.1 } as const;
type Action = keyof typeof SHARES;
const ACTIONS = Object.keys(SHARES) as Action[];
const WEBHOOK_EVERY = 3;
/** Spreads the actions evenly and without a rhythm: the golden ratio, modulo one. */
const GOLDEN = 0.618_033_988_749_895;

export const POST_SHARE = SHARES.post;

type Accepted = { id: string; hasWebhook: boolean };
type Counted = { latenciesMs: number[]; refused: Map<string, number> };

export type Mix = {
  /** One request of the mix, by its number. */
  call(index: number): Promise<void>;
  /** Until all streams have ended. */
  streamsEnded(): Promise<void>;
  accepted: readonly Accepted[];
  /** Streams that ended without their mission's end. */
  cutOff(): number;
  /** A line for each action; times in milliseconds. */
  lines(): string[];
  /** Answers that nobody should get. */
  refusals(): string[];
};

/** Clients of every kind at once. What they are told is held against what it should be; how long it took, is told. */
export function createMix(of: {
  url: string;
  apiKey: string;
  send(request: Request): Promise<Answer>;
  mission(hasWebhook: boolean): object;
}): Mix {
  const accepted: Accepted[] = [];
  const streams: Promise<void>[] = [];
  const counted = new Map<Action, Counted>(ACTIONS.map((action) => [action, { latenciesMs: [], refused: new Map() }]));
  let cutOff = 0;

  const recent = (back: number) => accepted.at(-1 - (back % Math.min(50, Math.max(1, accepted.length))));
  const pathOf = ({ id }: Accepted) => `/v1/missions/${id}`;

  async function post(index: number): Promise<Answer> {
    const hasWebhook = index % WEBHOOK_EVERY === 0;
    const answer = await of.send({
      method: 'POST',
      path: '/v1/missions',
      body: JSON.stringify(of.mission(hasWebhook)),
    });
    if (answer.status === 202) accepted.push({ id: JSON.parse(answer.text).id, hasWebhook });
    return answer;
  }

  /** The time that counts is that to the stream's beginning. */
  async function stream(mission: Accepted): Promise<Answer> {
    const headers = { authorization: `Bearer ${of.apiKey}` };
    const source = await openEventSource(`${of.url}${pathOf(mission)}/events`, headers).catch(String);
    if (typeof source === 'string') return { status: 0, text: source, retryAfter: null };
    if (source.status !== 200) return { status: source.status, text: '', retryAfter: null };
    const watching = source.ended.then(() => {
      const last = source.seen.findLast(({ id }) => id !== null)?.event ?? '';
      if (!['mission.completed', 'mission.failed', 'mission.cancelled'].includes(last)) cutOff += 1;
    });
    streams.push(watching);
    return { status: 200, text: '', retryAfter: null };
  }

  async function play(action: Action, index: number): Promise<{ answer: Answer; isRight: boolean }> {
    const mission = recent(index);
    if (action === 'post' || !mission) {
      const answer = await post(index);
      return { answer, isRight: answer.status === 202 };
    }
    switch (action) {
      case 'read': {
        const answer = await of.send({ method: 'GET', path: pathOf(mission) });
        return { answer, isRight: answer.status === 200 };
      }
      case 'list': {
        const answer = await of.send({ method: 'GET', path: '/v1/missions?limit=20' });
        return { answer, isRight: answer.status === 200 };
      }
      case 'stream': {
        const answer = await stream(mission);
        return { answer, isRight: answer.status === 200 };
      }
      case 'cancel': {
        const answer = await of.send({ method: 'POST', path: `${pathOf(mission)}/cancel` });
        // 409: it had ended before.
        return { answer, isRight: [200, 202, 409].includes(answer.status) };
      }
    }
  }

  return {
    accepted,
    async call(index) {
      const action = actionOf(index);
      const startedAt = performance.now();
      const { answer, isRight } = await play(action, index);
      const figures = counted.get(action);
      figures?.latenciesMs.push(performance.now() - startedAt);
      if (isRight) return;
      const what = `${action} ${answer.status} ${answer.text.slice(0, 120)}`;
      figures?.refused.set(what, (figures.refused.get(what) ?? 0) + 1);
    },
    async streamsEnded() {
      await Promise.all(streams);
    },
    cutOff: () => cutOff,
    lines: () =>
      [...counted].map(([action, { latenciesMs, refused }]) => {
        const at = (percent: number) => percentile(latenciesMs, percent).toFixed(1).padStart(8);
        const wrong = [...refused.values()].reduce((sum, count) => sum + count, 0);
        return `${action.padEnd(8)}${String(latenciesMs.length).padStart(8)}${[50, 95, 99].map(at).join('')}${String(wrong).padStart(8)}`;
      }),
    refusals: () =>
      [...counted.values()].flatMap(({ refused }) => [...refused].map(([what, count]) => `${count} × ${what}`)),
  };
}

function actionOf(index: number): Action {
  let left = (index * GOLDEN) % 1;
  for (const action of ACTIONS) {
    left -= SHARES[action];
    if (left < 0) return action;
  }
  return 'post';
}
