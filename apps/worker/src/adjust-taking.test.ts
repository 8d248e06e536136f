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
  { isHeldBack: false, isLate: false, hasLease: true, missions: true, deliveries: true },
  { isHeldBack: false, isLate: true, hasLease: true, missions: false, deliveries: true },
  { isHeldBack: false, isLate: false, hasLease: false, missions: false, deliveries: true },
  { isHeldBack: true, isLate: false, hasLease: true, missions: false, deliveries: false },
  { isHeldBack: true, isLate: true, hasLease: true, missions: false, deliveries: false },
])(
  'a worker that is held back ($isHeldBack), whose loop is late ($isLate) or that has a lease ($hasLease) takes missions: $missions, and sends webhooks: $deliveries',
  ({ missions, deliveries, ...hindrances }) => {
    const [gpu, other, webhooks] = [consumer(), consumer(), consumer()];
    adjustTaking({ missions: [gpu, other], deliveries: webhooks }, hindrances);
    expect([gpu.takes(), other.takes(), webhooks.takes()]).toEqual([missions, missions, deliveries]);
  },
);

it('who was kept from taking takes again', () => {
  const missions = consumer();
  const free = { isHeldBack: false, isLate: false, hasLease: true };
  adjustTaking({ missions: [missions], deliveries: undefined }, { ...free, isLate: true });
  adjustTaking({ missions: [missions], deliveries: undefined }, free);
  expect(missions.takes()).toBe(true);
});
