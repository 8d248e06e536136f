import { describe, expect, it } from 'vitest';
import { type StreamItem, type StreamOptions, streamMission } from './stream.ts';
import { broken, events, problem, type Scene, scriptedFetch } from './testing/scripted-fetch.ts';
import { createTransport } from './transport.ts';

const frame = (sequence: number, type: string) =>
  `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ sequence, type, data: {}, createdAt: '' })}\n\n`;
const DELTA = `event: delta\ndata: ${JSON.stringify({ step: 1, attempt: 1, try: 1, offset: 0, text: 'The' })}\n\n`;

async function follow(scenes: readonly Scene[], options: StreamOptions = {}) {
  const { fetch, sent } = scriptedFetch(scenes);
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const random = () => 0;
  const timings = { timeoutMs: 1_000, maxRetries: 0, sleep, random };
  const transport = createTransport({ apiKey: 'k', baseUrl: 'https://x', fetch, ...timings });
  const seen: StreamItem[] = [];
  let failure: unknown = null;
  try {
    for await (const item of streamMission({ transport, sleep, random }, 'mis_1', options)) seen.push(item);
  } catch (error) {
    failure = error;
  }
  const asked = sent.map(({ headers }) => headers.get('last-event-id'));
  return { asked, waits, failure, seen: seen.map((item) => (item.kind === 'event' ? item.sequence : item.text)) };
}

const QUEUED = frame(1, 'mission.queued');
const STARTED = frame(2, 'mission.started');
const COMPLETED = frame(3, 'mission.completed');

describe('a stream', () => {
  it('brings events and what is written in between, to the terminal event', async () => {
    const { seen, asked, failure } = await follow([events([QUEUED, STARTED + DELTA, COMPLETED])]);
    expect({ seen, asked, failure }).toEqual({ seen: [1, 2, 'The', 3], asked: ['0'], failure: null });
  });

  it.each([
    ['that ends', events([QUEUED, STARTED])],
    ['that breaks', events([QUEUED, STARTED], 'breaks')],
    ['that breaks in the middle of an event', events([QUEUED, STARTED, COMPLETED.slice(0, -20)], 'breaks')],
  ])('%s is opened again after what it brought, and brings nothing twice', async (_, first) => {
    const { seen, asked, waits } = await follow([first, broken, events([STARTED, COMPLETED])]);
    expect(seen).toEqual([1, 2, 3]);
    expect(asked).toEqual(['0', '2', '2']);
    expect(waits).toEqual([1_000, 1_000]);
  });

  it('goes on from the event that is known, and is over where nothing comes after it', async () => {
    expect(await follow([events([COMPLETED])], { after: 2 })).toMatchObject({ seen: [3], asked: ['2'] });
    expect(await follow([() => new Response(null, { status: 204 })], { after: 3 })).toMatchObject({
      seen: [],
      failure: null,
    });
  });

  it('ends with the end also where more is known than a restored database has had happen', async () => {
    const { seen, asked } = await follow([events([QUEUED, COMPLETED])], { after: 20 });
    expect({ seen, asked }).toEqual({ seen: [3], asked: ['20'] });
  });

  it('outlives an API that is deployed anew, and says at last when it stays away', async () => {
    const { seen } = await follow([...Array<Scene>(10).fill(problem(503, 'unavailable')), events([QUEUED, COMPLETED])]);
    expect(seen).toEqual([1, 3]);
    const gone = await follow(Array<Scene>(30).fill(broken));
    expect(gone.failure).toMatchObject({ code: 'connection_failed' });
    expect(gone.asked).toHaveLength(16);
  });

  it.each([401, 403, 404])('ends with the error when it is refused: %i', async (status) => {
    const { failure, asked } = await follow([events([QUEUED]), problem(status, 'some_code')]);
    expect(failure).toMatchObject({ status });
    expect(asked).toHaveLength(2);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['a page', { 'content-type': 'text/html; charset=utf-8' }],
    ['something that says not what it is', {}],
  ])('ends where %s answers in place of the API, and says so', async (_, headers) => {
    let isCancelled = false;
    const cancel = () => {
      isCancelled = true;
    };
    // It never ends.
    const body = new ReadableStream({ start: (page) => page.enqueue(new TextEncoder().encode('<p>\n\n')), cancel });
    const { failure, asked } = await follow([() => new Response(body, { headers })]);
    expect(failure).toMatchObject({ code: 'invalid_response', status: 200 });
    expect(asked).toHaveLength(1);
    expect(isCancelled).toBe(true);
  });

  it('passes over what an API that is newer says by a name that it does not know', async () => {
    const { seen, failure } = await follow([events([QUEUED, 'event: progress\ndata: {"percent":50}\n\n', COMPLETED])]);
    expect({ seen, failure }).toEqual({ seen: [1, 3], failure: null });
  });

  it('ends where what it brings is no event', async () => {
    const { failure, asked } = await follow([events([QUEUED, 'data: {"sequence":\n\n'])]);
    expect(failure).toMatchObject({ code: 'invalid_response' });
    expect(asked).toHaveLength(1);
  });

  it('ends with its signal', async () => {
    const reason = new Error('enough');
    expect((await follow(['never'], { signal: AbortSignal.abort(reason) })).failure).toBe(reason);
  });
});
