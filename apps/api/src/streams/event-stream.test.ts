import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventHub, Reader } from './event-hub.ts';
import { openEventStream } from './event-stream.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const event = (sequence: number, bytes = 10) => ({
  sequence,
  type: 'step.completed',
  data: { text: 'x'.repeat(bytes) },
  createdAt: new Date(0),
});
const delta = { missionId: 'mis_1', step: 1, attempt: 1, try: 1, offset: 0, text: 'x' };

/** A stream on a connection whose other end reads when it is told to. */
function setup(stopping = new AbortController()) {
  const socket = new Socket();
  const res = new ServerResponse(new IncomingMessage(socket));
  const written: string[] = [];
  let isRead = true;
  vi.spyOn(res, 'write').mockImplementation((chunk: unknown) => {
    written.push(String(chunk));
    return isRead;
  });
  const added: Reader[] = [];
  const readers: Reader[] = [];
  const woken: Reader[] = [];
  const hub: EventHub = {
    size: 1,
    add(reader) {
      added.push(reader);
      readers.push(reader);
      return () => void readers.splice(readers.indexOf(reader), 1);
    },
    wake: (reader) => void woken.push(reader),
  };
  let isAllowed = true;
  const options = { res, hub, missionId: 'mis_1', after: 0, stopping: stopping.signal };
  openEventStream({ ...options, isAllowed: async () => isAllowed });
  const [reader] = added;
  if (!reader) throw new Error('nobody reads');
  return {
    res,
    reader,
    readers,
    woken,
    written,
    stopReading: () => (isRead = false),
    readAgain() {
      isRead = true;
      res.emit('drain');
    },
    revoke: () => (isAllowed = false),
    stop: () => stopping.abort(),
  };
}

describe('a stream', () => {
  it('shows every 15 seconds that it is alive, while nothing else does', () => {
    const { written, reader } = setup();
    vi.advanceTimersByTime(14_000);
    expect(written).toEqual(['retry: 1000\n\n']);
    vi.advanceTimersByTime(2_000);
    expect(written.at(-1)).toBe(': keep-alive\n\n');
    reader.take([event(1)]);
    vi.advanceTimersByTime(14_000);
    expect(written).toHaveLength(3);
  });

  it('takes neither events nor deltas while its reader does not read, and asks for them when it does', () => {
    const { reader, written, woken, stopReading, readAgain } = setup();
    stopReading();
    reader.take([event(1), event(2)]);
    expect(reader.isReady()).toBe(false);
    const before = written.length;
    for (let index = 0; index < 1_000; index += 1) reader.onDelta?.(delta);
    vi.advanceTimersByTime(20_000);
    expect(written).toHaveLength(before);
    readAgain();
    expect(reader.isReady()).toBe(true);
    expect(woken).toEqual([reader]);
    reader.onDelta?.(delta);
    expect(written).toHaveLength(before + 1);
  });

  it('lets a reader go that has read nothing for half a minute, and only that one', () => {
    const { res, reader, stopReading, readAgain } = setup();
    stopReading();
    reader.take([event(1)]);
    vi.advanceTimersByTime(29_000);
    readAgain();
    stopReading();
    reader.take([event(2)]);
    vi.advanceTimersByTime(29_000);
    expect(res.destroyed).toBe(false);
    vi.advanceTimersByTime(3_000);
    expect(res.destroyed).toBe(true);
  });

  it('ends when its key is revoked, when the process stops, when its mission is erased, and when its reader leaves', async () => {
    const [revoked, stopped, erased, left] = [setup(), setup(), setup(), setup()];
    revoked.revoke();
    await vi.advanceTimersByTimeAsync(1_000);
    stopped.stop();
    erased.reader.onGone();
    left.res.emit('close');
    for (const { readers } of [revoked, stopped, erased, left]) expect(readers).toEqual([]);
    for (const { res } of [revoked, stopped, erased]) expect(res.writableEnded).toBe(true);
  });

  it('ends at once where the process was stopping before it was opened', () => {
    const stopping = new AbortController();
    stopping.abort();
    const { res, readers } = setup(stopping);
    expect(readers).toEqual([]);
    expect(res.writableEnded).toBe(true);
  });
});
