import fc from 'fast-check';
import { type Draw, type Ends, type How, isMadeAlone, isOfMission, type Next, type To } from './model/move.ts';
import { SLOTS } from './model/world.ts';
import { createRound, type Round } from './round.ts';
import { replay } from './settings.ts';

const anyMission = fc.nat(23);
const anySlot = fc.nat(SLOTS - 1);
const anyVia = fc.nat(1);
/** Mostly the owner; sometimes who owned it before, or before that. */
const anyAge = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 2 }) },
);
const kind = <Kind extends Draw['kind']>(...kinds: Kind[]) => fc.constantFrom(...kinds);

const DRAWS: { weight: number; arbitrary: fc.Arbitrary<Draw> }[] = [
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('create'),
      account: fc.nat(1),
      priority: fc.integer({ min: 1, max: 3 }),
      isDelayed: fc.nat(3).map((draw) => draw === 0),
      ends: fc.constantFrom<Ends[]>('never', 'never', 'expires', 'deadline'),
      hasWebhook: fc.boolean(),
      isInSession: fc.nat(2).map((draw) => draw === 0),
    }),
  },
  { weight: 9, arbitrary: fc.record({ kind: kind('claim'), mission: anyMission, slot: anySlot }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('respond'),
      mission: anyMission,
      age: anyAge,
      ahead: fc.constantFrom(1, 1, 1, 1, 0, 2),
      calls: fc.constantFrom(0, 1, 2, 2, 2, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('start_call'), mission: anyMission, age: anyAge, index: fc.nat(2) }) },
  { weight: 8, arbitrary: fc.record({ kind: kind('result'), mission: anyMission, age: anyAge, index: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('leave'),
      mission: anyMission,
      age: anyAge,
      to: fc.constantFrom<To[]>('completed', 'failed', 'queued', 'waiting', 'waiting'),
      isLater: fc.nat(2).map((draw) => draw === 0),
      asks: fc.nat(2),
      asksExpire: fc.nat(2).map((draw) => draw > 0),
      starts: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind('answer'), mission: anyMission, which: fc.nat(7), via: anyVia }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('copy'),
      mission: anyMission,
      how: fc.constantFrom<How[]>('start', 'last_step', 'fork'),
      upTo: fc.nat(3),
      once: fc.boolean(),
      via: anyVia,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('cancel'), mission: anyMission, via: anyVia }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('pause', 'resume', 'resume'), mission: anyMission, via: anyVia }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('beat', 'beat', 'die', 'stop', 'register', 'register', 'register', 'register'),
      slot: anySlot,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: kind(
        ...(['requeue_orphans', 'requeue_orphans', 'end_overdue', 'expire_answers', 'expire_answers'] as const),
        ...(['take_due_deliveries', 'wake', 'wake_sessions', 'wake_parents', 'settle_families'] as const),
      ),
      via: anyVia,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind('settle'), mission: anyMission, via: anyVia }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('cancel_in_bulk'),
      account: fc.nat(1),
      limit: fc.constantFrom(1, 100),
      via: anyVia,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('set_limits'),
      account: fc.nat(1),
      maxRunning: fc.integer({ min: 1, max: 3 }),
      via: anyVia,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('take_due'), limit: fc.constantFrom(1, 100), via: anyVia }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('claim_delivery'), mission: anyMission, delivery: fc.nat(1), via: anyVia }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('record'),
      mission: anyMission,
      delivery: fc.nat(1),
      age: anyAge,
      next: fc.constantFrom<Next[]>('delivered', 'failed', 'retry', 'retry_later'),
      via: anyVia,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: kind('time_passes', 'time_passes', 'delivery_time_passes'), mission: anyMission }),
  },
];

const anyDraw: fc.Arbitrary<Draw> = fc.oneof(...DRAWS);
/** What happens to the world rather than being asked of the database is never one of several moves at once. */
const HAPPENS = new Set<Draw['kind']>(['die', 'stop', 'register', 'time_passes', 'delivery_time_passes']);
const asked = anyDraw.filter((one) => !HAPPENS.has(one.kind) && !isMadeAlone(one));

const alone = anyDraw.map((only) => [only]);
const sideBySide = fc
  .tuple(anyMission, fc.array(asked, { minLength: 2, maxLength: 4, size: 'max' }))
  .map(([same, draws]) => draws.map((one, index) => (isOfMission(one) && index < 3 ? { ...one, mission: same } : one)));

/** Up to so many rounds, whatever their number as likely as another: a long life is not to be the exception. */
const roundsOf = (draws: fc.Arbitrary<Draw[]>, maxCommands: number): fc.Arbitrary<Iterable<Round>> =>
  fc.noBias(fc.commands([draws.map(createRound)], { maxCommands, size: 'max', ...replay }));

/** Rounds of one move each. */
export const oneByOne = roundsOf(alone, 400);

/** Rounds of one move, and rounds of two to four at once, most of them on the same mission. */
export const mixed = roundsOf(fc.oneof({ weight: 3, arbitrary: alone }, { weight: 2, arbitrary: sideBySide }), 240);
