import { createOutbound, createSecretBox } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { createWebhookEndpoints } from './webhook.ts';

const secrets = createSecretBox([Buffer.alloc(32, 7).toString('base64')]);
const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;

function createRecorded() {
  const stored: { url: string; secret: string | null; secretHash: string }[] = [];
  const endpoints = createWebhookEndpoints({
    ensureForMission: async (endpoint) => `whe_${stored.push(endpoint)}`,
    findForMission: async () => null,
    outbound: createOutbound({ allowLoopbackPorts: [4_199] }),
    secrets,
  });
  return { endpoints, stored };
}

async function codeOf(checking: Promise<void>): Promise<string> {
  try {
    await checking;
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
  return 'allowed';
}

describe('webhook endpoints', () => {
  it('are stored once for an account, URL and secret', async () => {
    const { endpoints, stored } = createRecorded();
    const url = 'https://example.com/hook';
    const ids = [
      await endpoints.ensure('acc_1', { url }),
      await endpoints.ensure('acc_1', { url }),
      await endpoints.ensure('acc_1', { url, secret: secretOf(24) }),
      await endpoints.ensure('acc_2', { url }),
    ];
    expect(ids).toEqual(['whe_1', 'whe_1', 'whe_2', 'whe_3']);
    expect(stored).toHaveLength(3);
  });

  it('hand on no secret in the clear', async () => {
    const { endpoints, stored } = createRecorded();
    const secret = secretOf(32);
    await endpoints.ensure('acc_1', { url: 'https://example.com/hook', secret });
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(secrets.open(stored[0]?.secret ?? '')).toBe(secret);
  });

  it.each([
    ['https://example.com/hook', 'allowed'],
    ['http://127.0.0.1:4199/hook', 'allowed'],
    ['http://127.0.0.1:4198/hook', 'url_not_allowed'],
    ['http://example.com/hook', 'url_not_allowed'],
    ['https://10.0.0.1/hook', 'url_not_allowed'],
    ['https://[::1]/hook', 'url_not_allowed'],
    ['https://169.254.169.254/latest/meta-data', 'url_not_allowed'],
    ['https://user:pass@example.com/', 'url_not_allowed'],
    ['file:///etc/passwd', 'url_not_allowed'],
    ['not a url', 'url_not_allowed'],
  ])('%s is %s', async (url, expected) => {
    expect(await codeOf(createRecorded().endpoints.check('acc_1', { url }))).toBe(expected);
  });

  it.each([
    [secretOf(24), 'allowed'],
    [secretOf(64), 'allowed'],
    [secretOf(23), 'invalid_request'],
    [secretOf(65), 'invalid_request'],
    [`whsec_${'A'.repeat(33)}`, 'invalid_request'],
    [`whsec_${'A'.repeat(34)}=`, 'invalid_request'],
  ])('the secret %s is %s', async (secret, expected) => {
    const webhook = { url: 'https://example.com/', secret };
    expect(await codeOf(createRecorded().endpoints.check('acc_1', webhook))).toBe(expected);
  });
});
