import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedConnector, lookupWith } from './connector.ts';
import type { ResolvedAddress } from './resolve-name.ts';
import { resolvePublic } from './resolve-name.ts';
import { createTestServers } from './test-servers.ts';

const servers = createTestServers();
let port = 0;
beforeEach(async () => {
  port = await servers.serve((_request, response) => void response.end('inside'));
});
afterEach(servers.end);

const noLoopback = {
  allowHttp: true,
  allowLoopbackPorts: new Set<number>(),
  allowOrigins: new Set<string>(),
  ports: new Set<number>(),
};
const answers =
  (...addresses: readonly ResolvedAddress[]) =>
  () =>
    Promise.resolve(addresses);
const PRIVATE = { address: '127.0.0.1', family: 4 } as const;
const PUBLIC = { address: '93.184.216.34', family: 4 } as const;

function guarded(resolve: () => Promise<readonly ResolvedAddress[]>, allowLoopbackPorts: readonly number[] = []) {
  const policy = { ...noLoopback, allowLoopbackPorts: new Set(allowLoopbackPorts) };
  const agent = new Agent({ connect: createGuardedConnector({ policy, resolve, timeoutMs: 2_000 }) });
  servers.onEnd(() => agent.destroy());
  return agent;
}

describe('the guarded connector, with nothing checked before it', () => {
  it('stops what plain undici lets through: the positive control', async () => {
    const plain = new Agent();
    servers.onEnd(() => plain.destroy());
    const through = await request(`http://127.0.0.1:${port}/`, { dispatcher: plain });
    expect(await through.body.text()).toBe('inside');
    const guard = guarded(answers(PRIVATE));
    await expect(request(`http://127.0.0.1:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
      name: 'OutboundRefusedError',
    });
  });

  it.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254'])(
    'opens no connection to the literal %s, for which no lookup is ever made',
    async (host) => {
      const guard = guarded(() => Promise.reject(new Error('no lookup is made for a literal')));
      const before = servers.openedConnections();
      await expect(request(`http://${host}:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
        reason: 'address',
      });
      // One that succeeds is seen after any that came before it.
      const plain = new Agent();
      servers.onEnd(() => plain.destroy());
      await request(`http://127.0.0.1:${port}/`, { dispatcher: plain });
      expect(servers.openedConnections()).toBe(before + 1);
    },
  );

  it('looks at the socket too, so that a lookup that dials elsewhere than it said sends nothing', async () => {
    const turns = [PUBLIC.address];
    const liar: ResolvedAddress = {
      family: 4,
      get address() {
        return turns.shift() ?? PRIVATE.address;
      },
    };
    const guard = guarded(answers(liar));
    const answer = request(`http://liar.example.com:${port}/`, { dispatcher: guard });
    await expect(answer).rejects.toMatchObject({ reason: 'address' });
    expect(servers.openedConnections()).toBeGreaterThan(0);
  });

  it.each([
    ['one private', [PRIVATE]],
    ['a public and a private one', [PUBLIC, PRIVATE]],
    ['a private and a public one', [PRIVATE, PUBLIC]],
    ['a public A and a private AAAA', [PUBLIC, { address: '::1', family: 6 as const }]],
    ['a mapped AAAA', [{ address: '::ffff:7f00:1', family: 6 as const }]],
    ['something that is no address', [{ address: 'localhost', family: 4 as const }]],
  ])('refuses a name whose answers are %s', async (_what, addresses) => {
    const guard = guarded(answers(...addresses));
    await expect(request(`http://rebind.example.com:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
      reason: 'address',
      message: expect.not.stringContaining('127.0.0.1'),
    });
  });

  it('refuses a name that was public a moment ago', async () => {
    const turns = [[PUBLIC], [PRIVATE]];
    const resolve = () => Promise.resolve(turns.shift() ?? []);
    await expect(resolvePublic('rebind.example.com', resolve)).resolves.toEqual([PUBLIC]);
    const guard = guarded(resolve);
    await expect(request(`http://rebind.example.com:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
      reason: 'address',
    });
  });

  it('asks DNS once for a connection, and dials what it was told', async () => {
    let asked = 0;
    const lookup = lookupWith(() => {
      asked += 1;
      return Promise.resolve([PRIVATE]);
    });
    const socket = dial({ host: 'pinned.example.com', port, lookup });
    await once(socket, 'connect');
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(asked).toBe(1);
    socket.destroy();
  });

  it('takes a name for the local machine only by its own spelling, not because DNS says so', async () => {
    const guard = guarded(answers(PRIVATE), [port]);
    const local = await request(`http://localhost:${port}/`, { dispatcher: guard });
    expect(await local.body.text()).toBe('inside');
    await expect(request(`http://evil.example.com:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
      reason: 'address',
    });
  });

  it('says that a name has no answer, whatever DNS said', async () => {
    const guard = guarded(() => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })));
    await expect(request(`http://gone.example.com:${port}/`, { dispatcher: guard })).rejects.toMatchObject({
      kind: 'dns',
    });
    const empty = guarded(answers());
    await expect(request(`http://gone.example.com:${port}/`, { dispatcher: empty })).rejects.toMatchObject({
      kind: 'dns',
    });
  });
});
