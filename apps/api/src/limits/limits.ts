import type { SharedDocuments } from '@flotilla/core';
import { createLoadWatch, type Logger } from '@flotilla/platform';
import type { RequestHandler } from 'express';
import { limitAddresses } from './address-limit.ts';
import type { Policy } from './bucket.ts';
import { type CallerLimit, createCallerLimit, type TierPolicies } from './caller-limit.ts';
import { type Load, readPoolOverload } from './overload.ts';
import { createSeats, type SeatLimits, type Seats } from './seats.ts';
import { createUseSharing } from './share-uses.ts';

/** What may be asked of the API. Rates are requests a second, over any longer time; ten seconds of them may come at once. */
export type LimitsConfig = {
  perAddress: number;
  /** Of each key, and of all keys of an account together, by the account's tier; none for a tier that is not here. */
  perKey: ReadonlyMap<string, number>;
  perAccount: ReadonlyMap<string, number>;
  /** Proxies of ours in front of us. */
  proxies: number;
  /** Requests that may be held open. */
  streams: SeatLimits;
  loopDelayMs: number;
};

export type Limits = {
  addresses: RequestHandler;
  callers: Pick<CallerLimit, 'admit'>;
  seats: Seats;
  load: Load;
  start(): void;
  stop(): void;
};

const WINDOW_SECONDS = 10;

type Deps = {
  documents: SharedDocuments;
  /** How long a statement waits for a connection. */
  poolWaitMs(): number;
  logger: Logger;
};

/** Everything that keeps one client from being another's trouble. */
export function createLimits(config: LimitsConfig, { documents, poolWaitMs, logger }: Deps): Limits {
  const callers = createCallerLimit({ policies: policiesOf(config) });
  const sharing = createUseSharing({ uses: callers.uses, documents, logger });
  const load = createLoadWatch({
    loopDelayMs: config.loopDelayMs,
    readOther: () => readPoolOverload(poolWaitMs()),
  });
  return {
    addresses: limitAddresses({ policy: policyOf('address', config.perAddress), proxies: config.proxies }),
    callers,
    seats: createSeats(config.streams),
    load,
    start() {
      sharing.start();
      load.start();
    },
    stop() {
      sharing.stop();
      load.stop();
    },
  };
}

function policyOf(name: string, perSecond: number): Policy {
  return { name, quota: perSecond * WINDOW_SECONDS, windowSeconds: WINDOW_SECONDS };
}

function policiesOf({ perKey, perAccount }: LimitsConfig): ReadonlyMap<string, TierPolicies> {
  const policies = new Map<string, TierPolicies>();
  for (const [tier, perSecond] of perKey) policies.set(tier, { key: policyOf('key', perSecond) });
  for (const [tier, perSecond] of perAccount) {
    policies.set(tier, { ...policies.get(tier), account: policyOf('account', perSecond) });
  }
  return policies;
}
