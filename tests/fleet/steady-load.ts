import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createSender } from '../load/send.ts';

export type Failure = { method: string; status: number; text: string };
export type LoadReport = {
  sent: number;
  /** Answers other than 202 to a POST and 200 to a GET; status 0: none came. */
  failures: Failure[];
  /** Requests that were sent again since their connection was closed before an answer came. */
  repeated: number;
  accepted: { ref: string; id: string }[];
};
export type SteadyLoad = { stop(): Promise<LoadReport>; accepted(): number };

const SOCKETS = 200;
/** As Node tells of a connection that its server has closed. */
const CLOSED = /socket hang up|ECONNRESET/;

/**
 * So many requests a second, whatever becomes of them, and none of them twice: a share posts missions, the others read
 * one. What fails, a user would have seen.
 */
export function startSteadyLoad(options: {
  url: string;
  apiKey: string;
  perSecond: number;
  /** From 0 to 1. */
  postShare: number;
  /** Sends an Idempotency-Key with every POST, as the client package does. */
  isKeyed: boolean;
  prefix: string;
  mission(ref: string): object;
}): SteadyLoad {
  const { url, apiKey, perSecond, postShare, prefix } = options;
  const { send, close } = createSender({ url, apiKey, sockets: SOCKETS });
  const report: LoadReport = { sent: 0, failures: [], repeated: 0, accepted: [] };
  const pending = new Set<Promise<void>>();
  const stopped = new AbortController();

  /**
   * A server that is reloaded may close a connection in the moment it is used again: clients repeat what is safe to repeat
   * (RFC 9110 §9.2.2), as browsers and `fetch` do, and as ours does with a POST that has an Idempotency-Key. On a new
   * connection: of those that lie idle the server has closed others too.
   */
  async function askAgainIfClosed(ask: (isFresh: boolean) => Promise<Answer>): Promise<Answer> {
    const answer = await ask(false);
    if (answer.status !== 0 || !CLOSED.test(answer.text)) return answer;
    report.repeated += 1;
    return ask(true);
  }

  async function post(ref: string): Promise<void> {
    const body = JSON.stringify(options.mission(ref));
    const headers = options.isKeyed ? { 'idempotency-key': ref } : {};
    const ask = (isFresh: boolean) => send({ method: 'POST', path: '/v1/missions', headers, body, isFresh });
    const { status, text } = await (options.isKeyed ? askAgainIfClosed(ask) : ask(false));
    if (status === 202) report.accepted.push({ ref, id: JSON.parse(text).id });
    else report.failures.push({ method: 'POST', status, text });
  }

  async function get(index: number): Promise<void> {
    const mission = report.accepted[index % report.accepted.length];
    if (!mission) return;
    const path = `/v1/missions/${mission.id}`;
    const { status, text } = await askAgainIfClosed((isFresh) => send({ method: 'GET', path, isFresh }));
    if (status !== 200) report.failures.push({ method: 'GET', status, text });
  }

  async function run(): Promise<void> {
    const startedAt = performance.now();
    while (!stopped.signal.aborted) {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
      while (report.sent < due) {
        const index = (report.sent += 1);
        const isPost = Math.floor(index * postShare) > Math.floor((index - 1) * postShare);
        const one = (isPost ? post(`${prefix}${index}`) : get(index)).finally(() => pending.delete(one));
        pending.add(one);
      }
      await sleep(10);
    }
  }
  const running = run();

  return {
    accepted: () => report.accepted.length,
    async stop() {
      stopped.abort();
      await running;
      await Promise.all(pending);
      close();
      return report;
    },
  };
}
