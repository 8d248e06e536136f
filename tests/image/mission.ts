import { startModelServer } from '../e2e/model-server.ts';
import { waitFor } from '../harness/wait-for.ts';

/** A call for each kind of sandbox, and what has to come back. */
const CALLS = [
  { name: 'javascript', input: { code: '[3, 1, 2].toSorted().join("-")' }, gives: '1-2-3' },
  { name: 'python', input: { code: 'import json\njson.dumps([3, 1, 2])' }, gives: '[3, 1, 2]' },
  { name: 'shell', input: { script: 'echo here > a.txt && wc -c < a.txt' }, gives: '5' },
  { name: 'calculator', input: { expression: '6 * 7' }, gives: '42' },
];
const ENDS_WITHIN_MS = 180_000;

/** A model that asks for every sandbox at once, and answers with what they gave. */
export async function startToolUser() {
  const server = await startModelServer({
    play: ({ step, results }) => (step === 1 ? CALLS : results.map((result) => result.trim()).join(' | ')),
  });
  return { url: server.openaiUrl, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

type View = { id: string; status: string; output: string | null };

/** Posts the mission and waits for its end. */
export async function postMission({ apiUrl, apiKey }: { apiUrl: string; apiKey: string }) {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const call = async (path: string, body?: object): Promise<View> => {
    const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    const response = await fetch(`${apiUrl}${path}`, { headers, ...sent });
    return JSON.parse(await response.text());
  };
  const tools = CALLS.map(({ name }) => name);
  const { id } = await call('/v1/missions', { goal: 'use them all', model: 'openai/gpt-test', tools });
  const ended = await waitFor(
    async () => {
      const mission = await call(`/v1/missions/${id}`);
      return mission.output !== null || mission.status === 'failed' ? mission : undefined;
    },
    { what: 'the mission to end', timeoutMs: ENDS_WITHIN_MS },
  );
  const given = (ended.output ?? '').split(' | ');
  const failedTools = CALLS.flatMap(({ name, gives }, index) =>
    given[index]?.includes(gives) === true ? [] : [`${name} gave ${given[index]} instead of ${gives}`],
  );
  return { ...ended, failedTools };
}
