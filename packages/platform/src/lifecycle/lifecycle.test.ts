import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger/logger.ts';
import { createLifecycle, type Part } from './lifecycle.ts';

/** A process that records how it left instead of leaving. */
function createHost(graceMs = 10_000) {
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const exits: number[] = [];
  const steps: string[] = [];
  const entries: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    service: 'test',
    write: (line) => entries.push(JSON.parse(line)),
  });
  const lifecycle = createLifecycle({ logger, graceMs, host });
  const part = (name: string, own: Partial<Part> = {}): Part => ({
    name,
    start: () => void steps.push(`start ${name}`),
    stop: () => void steps.push(`stop ${name}`),
    ...own,
  });
  return { host, exits, steps, entries, lifecycle, part };
}

describe('the lifecycle', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('starts parts in order and stops them in reverse on SIGTERM, saying how long each took', async () => {
    const { host, exits, steps, entries, lifecycle, part } = createHost();
    await lifecycle.start([part('db'), part('queue')]);
    await lifecycle.start([part('http')]);
    host.emit('SIGTERM');
    await vi.waitFor(() => expect(exits).toEqual([0]));
    expect(steps).toEqual(['start db', 'start queue', 'start http', 'stop http', 'stop queue', 'stop db']);
    expect(entries.filter(({ message }) => message === 'stopped a part')).toMatchObject([
      { part: 'http', tookMs: expect.any(Number) },
      { part: 'queue' },
      { part: 'db' },
    ]);
    expect(lifecycle.stopping.aborted).toBe(true);
  });

  it('takes the signals of one Ctrl-C for one, however many processes pass it on', async () => {
    const { host, exits, steps, lifecycle, part } = createHost();
    await lifecycle.start([part('http', { stop: () => new Promise((done) => setTimeout(done, 2_000)) }), part('x')]);
    host.emit('SIGINT');
    host.emit('SIGINT');
    await vi.advanceTimersByTimeAsync(400);
    host.emit('SIGINT');
    await vi.advanceTimersByTimeAsync(1_000);
    // A supervisor that follows up a Ctrl-C in the terminal.
    host.emit('SIGTERM');
    expect(exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(exits).toEqual([0]));
    expect(steps).toEqual(['start http', 'start x', 'stop x']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('leaves at once when told again by %s', async (signal, code) => {
    const { host, exits, entries, lifecycle, part } = createHost();
    await lifecycle.start([part('http', { stop: () => new Promise(() => {}) })]);
    host.emit(signal);
    await vi.advanceTimersByTimeAsync(600);
    host.emit(signal);
    await vi.waitFor(() => expect(exits).toEqual([code]));
    expect(entries.at(-1)).toMatchObject({ level: 'warn', signal, part: 'http' });
  });

  it('cuts off a stop that outlasts its grace, and names the part that hung', async () => {
    const { exits, entries, steps, lifecycle, part } = createHost(5_000);
    await lifecycle.start([part('db'), part('http', { stop: () => new Promise(() => {}) }), part('timer')]);
    void lifecycle.stop('test');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    await vi.waitFor(() => expect(exits).toEqual([1]));
    expect(entries.at(-1)).toMatchObject({ level: 'error', part: 'http', graceMs: 5_000 });
    expect(steps).not.toContain('stop db');
  });

  it('lets a later and more urgent reason shorten the grace', async () => {
    const { exits, lifecycle, part } = createHost(20_000);
    await lifecycle.start([part('http', { stop: () => new Promise(() => {}) })]);
    void lifecycle.stop('SIGTERM');
    void lifecycle.stop('parent_died', { graceMs: 1_000, exitCode: 1 });
    await vi.advanceTimersByTimeAsync(1_001);
    await vi.waitFor(() => expect(exits).toEqual([1]));
  });

  it('stops once, whoever asks how often', async () => {
    const { exits, steps, lifecycle, part } = createHost();
    await lifecycle.start([part('db')]);
    await Promise.all([lifecycle.stop('a'), lifecycle.stop('b')]);
    await lifecycle.stop('c');
    expect(steps).toEqual(['start db', 'stop db']);
    expect(exits).toEqual([0]);
  });

  it('stops the others when one fails to stop, and exits with 1', async () => {
    const { exits, steps, entries, lifecycle, part } = createHost();
    const fails = () => Promise.reject(new Error('cannot close'));
    await lifecycle.start([part('db'), part('queue', { stop: fails })]);
    await lifecycle.stop('test');
    expect(steps).toContain('stop db');
    expect(exits).toEqual([1]);
    expect(entries).toContainEqual(
      expect.objectContaining({ part: 'queue', error: expect.objectContaining({ message: 'cannot close' }) }),
    );
  });

  it('stops what was started when a start fails, exits with 1, and never reports itself started', async () => {
    const { exits, steps, entries, lifecycle, part } = createHost();
    const fails = () => Promise.reject(new Error('port 80 is taken'));
    let isStarted = false;
    void lifecycle.start([part('db'), part('http', { start: fails }), part('late')]).then(() => (isStarted = true));
    await vi.waitFor(() => expect(exits).toEqual([1]));
    expect(steps).toEqual(['start db', 'stop db']);
    expect(entries[0]).toMatchObject({ level: 'error', part: 'http', error: { message: 'port 80 is taken' } });
    expect(isStarted).toBe(false);
  });

  it('obeys a signal during start: the part at hand is told, finished and stopped, the rest never starts', async () => {
    const { host, exits, steps, lifecycle, part } = createHost();
    const waits = (signal: AbortSignal) => {
      steps.push('start http');
      return new Promise<void>((done) => signal.addEventListener('abort', () => setTimeout(done, 50)));
    };
    void lifecycle.start([part('db'), part('http', { start: waits }), part('late')]);
    await vi.waitFor(() => expect(steps).toEqual(['start db', 'start http']));
    host.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(60);
    await vi.waitFor(() => expect(exits).toEqual([0]));
    expect(steps).toEqual(['start db', 'start http', 'stop http', 'stop db']);
  });

  it('takes a start that gives up because of the signal for a clean end', async () => {
    const { host, exits, lifecycle, part } = createHost();
    const givesUp = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Error('called off'))));
    void lifecycle.start([part('http', { start: givesUp })]);
    host.emit('SIGINT');
    await vi.waitFor(() => expect(exits).toEqual([0]));
  });

  it('names a start that ignores the signal when the grace is over', async () => {
    const { host, exits, entries, lifecycle, part } = createHost(1_000);
    void lifecycle.start([part('db', { start: () => new Promise(() => {}) })]);
    host.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(1_001);
    await vi.waitFor(() => expect(exits).toEqual([1]));
    expect(entries.at(-1)).toMatchObject({ part: 'db' });
  });

  it.each([
    ['uncaughtException', 'uncaught_exception'],
    ['unhandledRejection', 'unhandled_rejection'],
  ])('logs an %s with its stack, stops in order and exits with 1', async (event, origin) => {
    const { host, exits, steps, entries, lifecycle, part } = createHost();
    await lifecycle.start([part('db')]);
    host.emit(event, new TypeError('nobody caught me'));
    await vi.waitFor(() => expect(exits).toEqual([1]));
    expect(steps).toContain('stop db');
    expect(entries[0]).toMatchObject({
      level: 'error',
      origin,
      error: { name: 'TypeError', stack: expect.stringContaining('lifecycle.test.ts') },
    });
  });
});
