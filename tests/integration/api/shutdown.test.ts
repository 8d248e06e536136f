import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, startApi } from './fixture.ts';

type Outcome = { status: number } | { error: string; wasConnected: boolean };

/** One POST on one of an agent's kept connections, and what became of it. */
function postOn(api: Api, agent: Agent): Promise<Outcome> {
  return new Promise((resolve) => {
    let wasConnected = false;
    const payload = JSON.stringify({ goal: 'x' });
    const sent = request(`${api.url}/v1/missions`, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Bearer ${api.key}`,
        'content-type': 'application/json',
        'content-length': payload.length,
      },
    });
    sent.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (wasConnected = true));
      else wasConnected = true;
    });
    sent.once('response', (response) =>
      response.resume().once('end', () => resolve({ status: response.statusCode ?? 0 })),
    );
    sent.once('error', (error) => resolve({ error: error.message, wasConnected }));
    sent.end(payload);
  });
}

describe('on SIGTERM, the API', () => {
  it('answers every request of the connections it has accepted, and exits with 0', async () => {
    await using api = await startApi();
    const agent = new Agent({ keepAlive: true });
    const outcomes: Outcome[] = [];
    const done = new AbortController();
    const clients = Array.from({ length: 10 }, async () => {
      while (!done.signal.aborted) {
        const outcome = await postOn(api, agent);
        outcomes.push(outcome);
        if ('error' in outcome) return;
      }
    });
    await waitFor(() => outcomes.length > 20, { what: 'answers', timeoutMs: 30_000 });
    const startedAt = performance.now();
    const exit = await api.process.stop();
    const tookMs = performance.now() - startedAt;
    done.abort();
    await Promise.all(clients);
    agent.destroy();

    expect(exit).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(10_000);
    const answered = outcomes.filter((outcome) => 'status' in outcome);
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([202]));
    expect(answered.length).toBeGreaterThan(20);
    // New connections find nobody; nothing that was accepted was dropped.
    expect(outcomes.filter((outcome) => 'error' in outcome && outcome.wasConnected)).toEqual([]);
    const { rows } = await api.sql.query('SELECT count(*)::int AS n FROM missions');
    expect(rows).toEqual([{ n: answered.length }]);
  });

  it('finishes a request that is still coming in, and closes idle connections', async () => {
    await using api = await startApi();
    const idle = connect(api.port, '127.0.0.1');
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const busy = connect(api.port, '127.0.0.1');
    let received = '';
    busy.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    const body = '{"goal":"finish me"}';
    busy.write(
      [
        'POST /v1/missions HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${api.key}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body.slice(0, 5),
      ].join('\r\n'),
    );
    const idleClosed = new Promise((resolve) => idle.resume().once('close', resolve));
    // Connections are accepted in their order: with the answer to a later one, `busy` is the API's.
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    const stopping = api.process.stop();
    await idleClosed;
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow('fetch failed');
    expect(received).toBe('');
    busy.write(body.slice(5));
    await waitFor(() => received.includes('"id":"mis_'), { what: 'the answer' });
    expect(received).toMatch(/^HTTP\/1\.1 202 /);
    expect(received).toMatch(/connection: close/i);
    expect((await stopping).code).toBe(0);
  });
});
