import { expect, it } from 'vitest';
import { adjustTaking } from './adjust-taking.ts';

function consumer() {
  let takes = true;
  return {
    pause: () => void (takes = false),
    resume: () => void (takes = true),
    takes: () => takes,
  };
}

it.each([
  { isHeldBack: false, isLate: false, missions: true, deliveries: true },
  { isHeldBack: false, isLate: true, missions: false, deliveries: true },
  { isHeldBack: true, isLate: false, missions: false, deliveries: false },
  { isHeldBack: true, isLate: true, missions: false, deliveries: false },
])(
  'a worker that is held back ($isHeldBack) or whose loop is late ($isLate) takes missions: $missions, and sends webhooks: $deliveries',
  ({ isHeldBack, isLate, missions, deliveries }) => {
    const [gpu, other, webhooks] = [consumer(), consumer(), consumer()];
    adjustTaking({ missions: [gpu, other], deliveries: webhooks }, { isHeldBack, isLate });
    expect([gpu.takes(), other.takes(), webhooks.takes()]).toEqual([missions, missions, deliveries]);
  },
);

it('who was kept from taking takes again', () => {
  const missions = consumer();
  adjustTaking({ missions: [missions], deliveries: undefined }, { isHeldBack: false, isLate: true });
  adjustTaking({ missions: [missions], deliveries: undefined }, { isHeldBack: false, isLate: false });
  expect(missions.takes()).toBe(true);
});
