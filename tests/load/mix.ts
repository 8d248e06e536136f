import { type EventSourceRead, openEventSource, type SeenEvent } from '../harness/event-source.ts';
import type { Answer, Request } from './send.ts';

/** What clients do beside posting, each as a share of all requests; one third of the missions has a webhook. */
const SHARES = { post: 0.4, read: 0.25, list: 0.1, stream: 0.1, cancel: 0.1, wait: 0.05 } as const;
type Action = keyof typeof SHARES;
const ACTIONS = Object.keys(SHARES) as Action[];
const WEBHOOK_EVERY = 3;
const WAIT_SECONDS = 30;
const ENDS = new Set(['mission.completed', 'mission.failed', 'mission.cancelled']);
/** Spreads the actions evenly and without a rhythm: the golden ratio, modulo one. */
const GOLDEN = 0.618_033_988_749_895;

export const POST_SHARE = SHARES.post;

type Accepted = { id: string; hasWebhook: boolean };
type Played = { answer: Pick<Answer, 'status' | 'text'>; isRight: boolean };

/** In milliseconds. */
export type Times = {
  /** From a request to its answer; of a stream, to its beginning. A long poll's are nobody's figure: it waits. */
  latenciesMs: Record<Action, number[]>;
  /** From an event's being written to its arrival, of those that were written while its stream was open. */
  eventDelaysMs: number[];
  /** From a mission's end to the answer of who waited for it. */
  waitDelaysMs: number[];
  /** When each mission was asked to be cancelled whose cancel was accepted, on the machine's clock. */
  cancelledAt: Map<string, number>;
};

/** What clients saw. */
export type Seen = {
  accepted: Accepted[];
  /** Streams that ended without their mission's end. */
  cutOff: number;
  /** Answers that nobody should get, and how often they came. */
  refusals: Map<string, number>;
};

export type Mix = {
  /** One request of the mix, by its number. */
  call(index: number): Promise<void>;
  /** Until all streams have ended. */
  streamsEnded(): Promise<void>;
  seen: Seen;
  /** What took how long since the last call, or the beginning. */
  takeTimes(): Times;
};

const clockMs = () => performance.timeOrigin + performance.now();

/** Clients of every kind at once. What they are told is held against what it should be; how long it took, is told. */
export function createMix(of: {
  url: string;
  apiKey: string;
  send(request: Request): Promise<Answer>;
  mission(hasWebhook: boolean): object;
}): Mix {
  const streams: Promise<void>[] = [];
  const seen: Seen = { accepted: [], cutOff: 0, refusals: new Map() };
  let times = noTimes();
  /** When these times began, on the machine's clock: what was written before, and is read after, is in neither. */
  let since = clockMs();
  const { accepted } = seen;
  const recent = (back: number) => accepted.at(-1 - (back % Math.min(50, Math.max(1, accepted.length))));
  const pathOf = ({ id }: Accepted) => `/v1/missions/${id}`;

  async function post(index: number): Promise<Played> {
    const hasWebhook = index % WEBHOOK_EVERY === 0;
    const body = JSON.stringify(of.mission(hasWebhook));
    const answer = await of.send({ method: 'POST', path: '/v1/missions', body });
    if (answer.status === 202) accepted.push({ id: JSON.parse(answer.text).id, hasWebhook });
    return { answer, isRight: answer.status === 202 };
  }

  async function get(path: string): Promise<Played> {
    const answer = await of.send({ method: 'GET', path });
    return { answer, isRight: answer.status === 200 };
  }

  async function stream(mission: Accepted): Promise<Played> {
    const headers = { authorization: `Bearer ${of.apiKey}` };
    const source = await openEventSource(`${of.url}${pathOf(mission)}/events`, headers).catch(String);
    if (typeof source === 'string') return { answer: { status: 0, text: source }, isRight: false };
    if (source.status === 200) streams.push(watch(source, clockMs()));
    return { answer: { status: source.status, text: '' }, isRight: source.status === 200 };
  }

  async function watch(source: EventSourceRead, openedAt: number): Promise<void> {
    await source.ended;
    const events = source.seen.filter(({ id }) => id !== null);
    for (const event of events) {
      const createdAt = createdAtOf(event);
      if (createdAt <= openedAt || createdAt <= since) continue;
      times.eventDelaysMs.push(performance.timeOrigin + event.at - createdAt);
    }
    if (!ENDS.has(events.at(-1)?.event ?? '')) seen.cutOff += 1;
  }

  async function cancel(mission: Accepted): Promise<Played> {
    const sentAt = clockMs();
    const answer = await of.send({ method: 'POST', path: `${pathOf(mission)}/cancel` });
    const isTaken = answer.status === 200 || answer.status === 202;
    if (isTaken && !times.cancelledAt.has(mission.id)) times.cancelledAt.set(mission.id, sentAt);
    const hadEnded = answer.status === 409 && answer.text.includes('"mission_ended"');
    return { answer, isRight: isTaken || hadEnded };
  }

  async function wait(mission: Accepted): Promise<Played> {
    const sentAt = clockMs();
    const played = await get(`${pathOf(mission)}/result?wait=${WAIT_SECONDS}`);
    if (!played.isRight) return played;
    const finishedAt = Date.parse(JSON.parse(played.answer.text).finishedAt);
    if (finishedAt > sentAt) times.waitDelaysMs.push(clockMs() - finishedAt);
    return played;
  }

  async function play(action: Action, index: number): Promise<Played> {
    const mission = recent(index);
    if (action === 'post' || !mission) return post(index);
    switch (action) {
      case 'read':
        return get(pathOf(mission));
      case 'list':
        return get('/v1/missions?limit=20');
      case 'stream':
        return stream(mission);
      case 'cancel':
        return cancel(mission);
      case 'wait':
        return wait(mission);
    }
  }

  return {
    seen,
    async call(index) {
      const action = accepted.length === 0 ? 'post' : actionOf(index);
      const startedAt = performance.now();
      const { answer, isRight } = await play(action, index);
      times.latenciesMs[action].push(performance.now() - startedAt);
      if (isRight) return;
      const what = `${action} ${answer.status} ${answer.text.slice(0, 120)}`;
      seen.refusals.set(what, (seen.refusals.get(what) ?? 0) + 1);
    },
    async streamsEnded() {
      await Promise.all(streams);
    },
    takeTimes() {
      const taken = times;
      times = noTimes();
      since = clockMs();
      return taken;
    },
  };
}

function noTimes(): Times {
  const latenciesMs = { post: [], read: [], list: [], stream: [], cancel: [], wait: [] };
  return { latenciesMs, eventDelaysMs: [], waitDelaysMs: [], cancelledAt: new Map() };
}

function createdAtOf({ data }: SeenEvent): number {
  return typeof data === 'object' && data !== null && 'createdAt' in data
    ? Date.parse(String(data.createdAt))
    : Number.NaN;
}

function actionOf(index: number): Action {
  let left = (index * GOLDEN) % 1;
  for (const action of ACTIONS) {
    left -= SHARES[action];
    if (left < 0) return action;
  }
  return 'post';
}
