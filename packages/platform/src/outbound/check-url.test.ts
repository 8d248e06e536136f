import { afterEach, describe, expect, it } from 'vitest';
import { createTestServers } from './test-servers.ts';

const servers = createTestServers();
const { guard } = servers;
afterEach(servers.end);

describe('checkUrl', () => {
  const resolving = (address: string) => guard({ resolve: () => Promise.resolve([{ address, family: 4 }]) });

  it('judges by syntax, scheme, port and literal without asking DNS', async () => {
    const outbound = guard({ resolve: () => Promise.reject(new Error('DNS was asked')) });
    await expect(outbound.checkUrl('https://example.com/hook')).resolves.toBeUndefined();
    for (const url of [
      'http://example.com/',
      'https://10.0.0.1/',
      'https://localhost/',
      'https://example.com:22/',
      'x',
    ]) {
      await expect(outbound.checkUrl(url)).rejects.toMatchObject({ name: 'OutboundRefusedError' });
    }
  });

  it('refuses a name that resolves inside, if asked to look', async () => {
    await expect(resolving('10.0.0.1').checkUrl('https://example.com/')).resolves.toBeUndefined();
    await expect(resolving('10.0.0.1').checkUrl('https://example.com/', { resolve: true })).rejects.toMatchObject({
      reason: 'address',
    });
    await expect(resolving('8.8.8.8').checkUrl('https://example.com/', { resolve: true })).resolves.toBeUndefined();
  });

  it('lets a name pass that has no answer yet', async () => {
    const outbound = guard({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    await expect(outbound.checkUrl('https://soon.example.com/', { resolve: true })).resolves.toBeUndefined();
  });

  it('does not wait for DNS once its caller has left', async () => {
    const outbound = guard({ resolve: () => new Promise(() => {}) });
    const controller = new AbortController();
    const answer = outbound.checkUrl('https://slow.example.com/', { resolve: true, signal: controller.signal });
    controller.abort();
    await expect(answer).resolves.toBeUndefined();
  });

  it('opens the local receiver’s port and nothing beside it', async () => {
    const outbound = guard({ allowLoopbackPorts: [4_567] });
    await expect(outbound.checkUrl('http://localhost:4567/', { resolve: true })).resolves.toBeUndefined();
    await expect(outbound.checkUrl('http://localhost:4568/')).rejects.toMatchObject({ reason: 'host' });
    await expect(outbound.checkUrl('http://10.0.0.1:4567/')).rejects.toMatchObject({ reason: 'address' });
  });
});
