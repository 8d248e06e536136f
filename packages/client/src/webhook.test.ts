import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, WebhookVerificationError } from './webhook.ts';

const SECRET = `whsec_${btoa('a secret of twenty-four b')}`;
const OTHER = `whsec_${btoa('another secret, as long as')}`;
const NOW = Date.parse('2027-01-01T00:00:00Z');
const BODY = JSON.stringify({
  type: 'mission.completed',
  timestamp: '2026-12-31T23:59:59Z',
  data: { id: 'mis_1', output: 'Grüße' },
});

type Signed = { at?: number; by?: string[]; id?: string };

/** As the published library signs. */
function sign({ at = NOW, by = [SECRET], id = 'dlv_1' }: Signed = {}) {
  const date = new Date(at);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': by.map((secret) => new Webhook(secret).sign(id, date, BODY)).join(' '),
  };
}

const verify = (
  headers: Parameters<typeof verifyWebhook>[0],
  body: string | Uint8Array = BODY,
  secret: string | string[] = SECRET,
) => verifyWebhook(headers, body, { secret, now: () => NOW });

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof WebhookVerificationError ? error.message : error),
  );

describe('a webhook', () => {
  it('that the published library signed is accepted, and read', async () => {
    expect(await verify(sign())).toEqual({
      id: 'dlv_1',
      type: 'mission.completed',
      timestamp: '2026-12-31T23:59:59Z',
      data: { id: 'mis_1', output: 'Grüße' },
    });
  });

  it.each([
    ['fetch has them', new Headers(sign())],
    ['Node has them', { ...sign(), host: 'x', 'set-cookie': ['a'] }],
    [
      'somebody wrote them',
      Object.fromEntries(Object.entries(sign()).map(([name, value]) => [name.toUpperCase(), value])),
    ],
  ])('is accepted with headers as %s', async (_, headers) => {
    expect(await verify(headers)).toMatchObject({ id: 'dlv_1' });
  });

  it('is accepted as bytes', async () => {
    expect(await verify(sign(), new TextEncoder().encode(BODY))).toMatchObject({ id: 'dlv_1' });
  });

  it('is accepted while either side changes its secret', async () => {
    expect(await verify(sign({ by: [OTHER, SECRET] }))).toMatchObject({ id: 'dlv_1' });
    expect(await verify(sign(), BODY, [OTHER, SECRET])).toMatchObject({ id: 'dlv_1' });
    expect(await verify({ ...sign(), 'webhook-signature': `v1a,x v2,y ${sign()['webhook-signature']}` })).toMatchObject(
      { id: 'dlv_1' },
    );
  });

  const NOBODY = 'no signature is by one of the secrets';
  const signature = sign()['webhook-signature'];
  it.each([
    ['another secret', sign({ by: [OTHER] })],
    ['another id', { ...sign(), 'webhook-id': 'dlv_2' }],
    ['another time', { ...sign(), 'webhook-timestamp': String(NOW / 1_000 + 1) }],
    ['a signature cut short', { ...sign(), 'webhook-signature': signature.slice(0, -1) }],
    ['a signature of another version', { ...sign(), 'webhook-signature': signature.replace('v1,', 'v2,') }],
  ])('is refused with %s', async (_, headers) => {
    expect(await refusal(verify(headers))).toBe(NOBODY);
  });

  it('that asks for something, and has no time of its own, is read too', async () => {
    const body = '{"type":"tool_call.requested","data":{"tool":"refund"}}';
    const signed = { ...sign(), 'webhook-signature': new Webhook(SECRET).sign('dlv_1', new Date(NOW), body) };
    expect(await verify(signed, body)).toEqual({
      id: 'dlv_1',
      type: 'tool_call.requested',
      timestamp: null,
      data: { tool: 'refund' },
    });
  });

  it('is refused with another body', async () => {
    expect(await refusal(verify(sign(), BODY.replace('mis_1', 'mis_2')))).toBe(NOBODY);
  });

  it.each([
    ['the header webhook-signature is missing', { ...sign(), 'webhook-signature': '' }],
    ['the header webhook-id is missing', {}],
    ['the timestamp is no number of seconds', { ...sign(), 'webhook-timestamp': 'now' }],
  ])('is refused because %s', async (why, headers) => {
    expect(await refusal(verify(headers))).toBe(why);
  });

  it('is refused when it is too old, or from the future, to the second', async () => {
    const at = (seconds: number) => refusal(verify(sign({ at: NOW + seconds * 1_000 })));
    expect(await at(-301)).toBe('the timestamp is too old');
    expect(await at(301)).toBe('the timestamp lies in the future');
    expect(await verify(sign({ at: NOW - 300_000 }))).toMatchObject({ id: 'dlv_1' });
    expect(await verify(sign({ at: NOW + 300_000 }))).toMatchObject({ id: 'dlv_1' });
  });

  it('tells of a secret that is none, without showing it', async () => {
    for (const secret of ['', 'whsec_', 'whsec_%%%']) {
      expect(await refusal(verify(sign(), BODY, secret))).toBeInstanceOf(TypeError);
    }
    expect(await refusal(verify(sign(), BODY, []))).toBe(NOBODY);
  });
});
