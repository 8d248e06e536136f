/** What a mission of this test is to do; it is its goal, so that the model server knows it too. */
export type Plan = {
  /** Of a child, its parent's and its own. */
  name: string;
  /** Steps that call a tool, before the one that answers. */
  steps: number;
  /** Started side by side in its second step, each with so many steps. */
  children: number[];
  /** So many times a call may cost what was expected of it at most. */
  dearness: number;
};

/** Costs of one US dollar a million tokens are one millionth of a dollar a token. */
export const RATES = { input: 2, output: 10 };
export const MODEL = 'gpt-test';
export const MAX_OUTPUT_TOKENS = 1_000;

/** The most that a call is expected to cost: its reply, and a prompt that stays short. */
const CALL_MICRO_USD = MAX_OUTPUT_TOKENS * RATES.output + 3_000 * RATES.input;

export type Random = () => number;

/** Mulberry32: small, and the same for a seed everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const within = (random: Random, from: number, to: number) => from + Math.floor(random() * (to - from + 1));

type Budget = { usd?: number; tokens?: number; steps?: number; onExhausted: 'pause' | 'fail' };
export type Drawn = {
  plan: Plan;
  budget: Budget;
  /** How often it is given a larger budget when it asks; then it is left waiting. */
  raises: number;
};

/** A mission at random: most have less than they will want. */
export function drawMission(random: Random, index: number): Drawn {
  const isFamily = random() < 0.1;
  const steps = isFamily ? within(random, 2, 4) : within(random, 0, 6);
  const children = isFamily ? Array.from({ length: within(random, 1, 3) }, () => within(random, 0, 3)) : [];
  const calls = (steps + 1 + children.reduce((sum, own) => sum + own + 1, 0)) * (0.3 + random());
  const kind = random();
  const usd = Math.max(1, Math.round(calls * CALL_MICRO_USD * 0.6)) / 1_000_000;
  return {
    plan: { name: `m${index}`, steps, children, dearness: !isFamily && random() < 0.1 ? 1.9 : 1 },
    budget: {
      ...(kind < 0.7 && { usd }),
      ...(kind > 0.5 && kind < 0.9 && { tokens: Math.max(1, Math.round(calls * 1_200)) }),
      ...(kind > 0.85 && { steps: Math.max(1, Math.round(calls)) }),
      onExhausted: random() < 0.7 ? 'pause' : 'fail',
    },
    raises: within(random, 0, 3),
  };
}
