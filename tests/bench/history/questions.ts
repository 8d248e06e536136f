import type { Poster } from '../poster.ts';
import type { Asked } from './asked.ts';

export type Kind = 'get' | 'list';
/** One request, as often as it is asked; `name` says what of, for the table. */
export type Question = { kind: Kind; name: string; path: string };

/** The most that a page may hold. */
const PAGE = 'limit=100';
const HOUR_MS = 3_600_000;
/** A page is deep where this many are before it, or half of all. */
const PAGES_BEFORE = 20;

const of = (name: string, all: readonly string[], toPath: (one: string) => string): Question[] =>
  all.map((one) => ({ kind: 'get', name, path: toPath(one) }));

/** Whatever is read by its id. */
export function gets({ missionIds, sessionIds, deliveryIds, agents }: Asked): Question[] {
  return [
    ...of('mission', missionIds, (id) => `/v1/missions/${id}`),
    ...of('result', missionIds, (id) => `/v1/missions/${id}/result`),
    ...of('session with its usage', sessionIds, (id) => `/v1/sessions/${id}`),
    ...of('webhook delivery', deliveryIds, (id) => `/v1/webhook-deliveries/${id}`),
    ...of('agent', agents, (name) => `/v1/agents/${name}`),
    ...of('account', [''], () => '/v1/account'),
  ];
}

/** The lists of missions, by what they are filtered. */
function missionLists({ sessionIds, agents, tags, middle }: Asked): Record<string, string[]> {
  const at = (ms: number) => encodeURIComponent(new Date(middle.getTime() + ms).toISOString());
  const each = (all: readonly string[], name: string, more = '') =>
    all.map((one) => `/v1/missions?${PAGE}&${name}=${encodeURIComponent(one)}${more}`);
  return {
    missions: [`/v1/missions?${PAGE}`],
    'missions of an agent': each(agents, 'agent'),
    'missions of an agent that failed': each(agents, 'agent', '&status=failed'),
    'missions of a session': each(sessionIds, 'sessionId'),
    'missions of a tag': each(tags, 'tag'),
    'missions of a tag that failed': each(tags, 'tag', '&status=failed'),
    // Hardly any, among all that the tag has.
    'missions of a tag that run': each(tags, 'tag', '&status=running'),
    'missions by status': each(['completed', 'failed', 'cancelled', 'queued', 'waiting', 'running'], 'status'),
    'missions of an hour': [`/v1/missions?${PAGE}&createdAfter=${at(-HOUR_MS)}&createdBefore=${at(0)}`],
    'dead letters': [`/v1/dead-letters?${PAGE}`, `/v1/dead-letters?${PAGE}&code=max_steps`],
  };
}

function otherLists({ missionIds, parentIds, deliveryIds }: Asked): Record<string, string[]> {
  const today = Date.now();
  const day = (ago: number) => new Date(today - ago * 24 * HOUR_MS).toISOString().slice(0, 10);
  return {
    steps: missionIds.map((id) => `/v1/missions/${id}/steps?${PAGE}`),
    'events of a mission': missionIds.map((id) => `/v1/missions/${id}/events?${PAGE}`),
    children: parentIds.map((id) => `/v1/missions/${id}/children?${PAGE}`),
    sessions: [`/v1/sessions?${PAGE}`],
    'webhook deliveries': ['', '&status=failed', '&status=pending'].map(
      (more) => `/v1/webhook-deliveries?${PAGE}${more}`,
    ),
    'deliveries of a mission': missionIds.map((id) => `/v1/webhook-deliveries?${PAGE}&missionId=${id}`),
    'attempts of a delivery': deliveryIds.map((id) => `/v1/webhook-deliveries/${id}/attempts?${PAGE}`),
    inbox: ['', '&kind=approval'].map((more) => `/v1/approvals?${PAGE}${more}`),
    usage: [`/v1/usage?${PAGE}`, `/v1/usage?${PAGE}&from=${day(6)}&to=${day(0)}&agent=agent-0`],
    'the account’s log': [`/v1/events?${PAGE}`, `/v1/events?${PAGE}&type=mission.failed`],
    agents: [`/v1/agents?${PAGE}`],
  };
}

/** The first page of each list, and one far from it where there is one. */
export async function lists(asked: Asked, http: Poster): Promise<Question[]> {
  const questions: Question[] = [];
  const add = (name: string, path: string | null) => {
    if (path !== null) questions.push({ kind: 'list', name, path });
  };
  for (const [name, paths] of Object.entries(missionLists(asked))) {
    for (const path of paths) {
      add(name, path);
      add(`${name}, deep`, await inTheMiddle(http, path, asked.middle));
    }
  }
  for (const [name, paths] of Object.entries(otherLists(asked))) {
    for (const path of paths) {
      add(name, path);
      add(`${name}, deep`, await farOn(http, path));
    }
  }
  return questions;
}

/** A cursor of missions names a place in all of them: that of a page before the moment serves without it. */
async function inTheMiddle(http: Poster, path: string, middle: Date): Promise<string | null> {
  if (path.includes('createdBefore')) return null;
  const before = `createdBefore=${encodeURIComponent(middle.toISOString())}`;
  const cursor = await nextCursor(http, `${path.replace(PAGE, 'limit=1')}&${before}`);
  return cursor === null ? null : `${path}&cursor=${encodeURIComponent(cursor)}`;
}

/** By turning pages, as a client does. */
async function farOn(http: Poster, path: string): Promise<string | null> {
  let far: string | null = null;
  for (let page = 0; page < PAGES_BEFORE; page += 1) {
    const cursor: string | null = await nextCursor(http, far ?? path);
    if (cursor === null) return far;
    far = `${path}&cursor=${encodeURIComponent(cursor)}`;
  }
  return far;
}

async function nextCursor(http: Poster, path: string): Promise<string | null> {
  const { status, body } = await http.get(path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body.slice(0, 500)}`);
  const { nextCursor: cursor }: { nextCursor: string | null } = JSON.parse(body);
  return cursor;
}
