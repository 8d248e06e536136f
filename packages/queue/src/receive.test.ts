import { expect, it } from 'vitest';
import { createReceiver } from './receive.ts';

const context = { signal: new AbortController().signal };

function setup() {
  const handled: unknown[] = [];
  const receive = createReceiver({
    job: 'mission',
    pool: 'default',
    concurrency: 1,
    handle: async (payload) => void handled.push(payload),
  });
  return { handled, receive };
}

it('hands on what the catalogue describes', async () => {
  const { handled, receive } = setup();
  await receive({ missionId: 'mis_1' }, context);
  expect(handled).toEqual([{ missionId: 'mis_1' }]);
});

it.each([undefined, null, 'mis_1', {}, { missionId: 1 }, { missionId: 'mis_1', state: 'queued' }, { deliveryId: 'd' }])(
  'refuses %j and never shows it to the handler',
  async (data) => {
    const { handled, receive } = setup();
    await expect(receive(data, context)).rejects.toThrow('unreadable payload');
    expect(handled).toEqual([]);
  },
);
