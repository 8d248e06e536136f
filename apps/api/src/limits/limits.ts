import type { SharedDocuments } from '@flotilla/core';
import type { Logger } from '@flotilla/platform';
import type { RequestHandler } from 'express';
import { limitAddresses } from './address-limit.ts';
import { createKeyLimit, type KeyLimit } from './key-limit.ts';
import { createLoadWatch, type LoadWatch } from './load-watch.ts';
import { createSeats, type Seats } from './seats.ts';
import { createUseSharing } from './share-uses.ts';

/** What may be asked of the API. Rates are requests a second, over any longer time; ten seconds of them may come at once. */
export type LimitsConfig = {
  perAddress: number;
  /** Of each key, by the tier of its account; none for a tier that is not here. */
  perKey: ReadonlyMap<string, number>;
  /** Proxies of ours in front of us. */
  proxies: number;
  /** Requests that may be held open. */
  streams: { perKey: number; inAll: number };
  loopDelayMs: number;
};

export type Limits = {
  addresses: RequestHandler;
  keys: Pick<KeyLimit, 'admit'>;
  seats: Seats;
  load: Pick<LoadWatch, 'overload'>;
  start(): void;
  stop(): void;
};

const WINDOW_SECONDS = 10;

type Deps = {
  documents: SharedDocuments;
  poolUse(): { max: number; waiting: number };
  logger: Logger;
};

/** Everything that keeps one client from being another's trouble. */
export function createLimits(config: LimitsConfig, { documents, poolUse, logger }: Deps): Limits {
  const policy = (name: string, perSecond: number) => ({
    name,
    quota: perSecond * WINDOW_SECONDS,
    windowSeconds: WINDOW_SECONDS,
  });
  const policies = new Map([...config.perKey].map(([tier, perSecond]) => [tier, policy('key', perSecond)]));
  const keys = createKeyLimit({ policies });
  const sharing = createUseSharing({ uses: keys.uses, documents, logger });
  const load = createLoadWatch({ loopDelayMs: config.loopDelayMs, poolUse });
  return {
    addresses: limitAddresses({ policy: policy('address', config.perAddress), proxies: config.proxies }),
    keys,
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
