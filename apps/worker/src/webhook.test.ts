import { NO_USAGE } from '@flotilla/core';
import type { ClaimedDelivery } from '@flotilla/db';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signWebhook } from './webhook.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const OLDER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

function delivery(output: string): ClaimedDelivery {
  return {
    id: 'dlv_1',
    accountId: 'acc_1',
    attempt: 1,
    tries: 1,
    rings: 1,
    url: 'https://receiver.example/hook',
    sealedSecrets: [],
    isSlow: false,
    eventType: 'mission.completed',
    eventSequence: 9,
    data: { attempt: 1 },
    // A later attempt: the time that is signed is not that of the event.
    occurredAt: new Date(Date.now() - 3_600_000),
    now: new Date(),
    traceparent: null,
    mission: {
      id: 'mis_1',
      status: 'completed',
      statusReason: null,
      output,
      usage: { ...NO_USAGE, costMicroUsd: 1_500 },
      metadata: { order: '7' },
    },
  };
}

describe('a webhook', () => {
  it('is accepted by the published verifier under each of its secrets', () => {
    const { body, headers } = signWebhook(delivery('done'), [SECRET, OLDER]);
    for (const secret of [SECRET, OLDER]) {
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({
        type: 'mission.completed',
        data: {
          id: 'mis_1',
          output: 'done',
          outputTruncated: false,
          usage: { costUsd: 0.0015 },
          metadata: { order: '7' },
        },
      });
    }
  });

  it('is refused by the verifier once a byte of it was changed, or under another secret', () => {
    const { body, headers } = signWebhook(delivery('done'), [SECRET]);
    expect(() => new Webhook(SECRET).verify(body.replace('done', 'gone'), headers)).toThrow('No matching signature');
    expect(() => new Webhook(OLDER).verify(body, headers)).toThrow('No matching signature');
  });

  it('about what happens on the way says what the journal says, and nothing that may have changed since', () => {
    const { body } = signWebhook({ ...delivery('done'), eventType: 'step.completed', data: { step: 2 } }, [SECRET]);
    expect(JSON.parse(body).data).toEqual({ id: 'mis_1', sequence: 9, event: { step: 2 }, metadata: { order: '7' } });
  });

  it('about the account itself says what there is to say', () => {
    const told = { ...delivery(''), mission: null, eventSequence: null, data: { endpointId: 'whe_1' } };
    const { body } = signWebhook({ ...told, eventType: 'webhook_endpoint.disabled' }, [SECRET]);
    expect(JSON.parse(body)).toMatchObject({ type: 'webhook_endpoint.disabled', data: { endpointId: 'whe_1' } });
  });

  it('leaves out an output of more than 8 KB of UTF-8, and says so', () => {
    const fits = JSON.parse(signWebhook(delivery('x'.repeat(8_192)), [SECRET]).body);
    expect(fits.data).toMatchObject({ output: 'x'.repeat(8_192), outputTruncated: false });
    const tooLong = JSON.parse(signWebhook(delivery('é'.repeat(4_097)), [SECRET]).body);
    expect(tooLong.data).toMatchObject({ output: null, outputTruncated: true });
  });
});
