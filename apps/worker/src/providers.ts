import { createHash } from 'node:crypto';
import {
  createAnthropicProvider,
  createGuardedProvider,
  createLimitedProvider,
  createOpenaiProvider,
  createProviderGate,
  createSimProvider,
  type KeyLimits,
  type Provider,
  type ProviderGate,
} from '@flotilla/agent';
import type { ProviderName, SharedDocuments } from '@flotilla/core';
import type { Config } from './config.ts';
import type { WorkerFacts } from './facts.ts';
import { meterProvider } from './meter-provider.ts';

export type ProvidersOptions = {
  config: Pick<Config, 'anthropic' | 'openai'>;
  /** Where the fleet keeps what its keys may still be asked. */
  documents: SharedDocuments;
  /** The store of that did not answer, and calls wait. */
  onError(error: unknown): void;
  facts: Pick<WorkerFacts, 'modelCalled' | 'callAdmitted' | 'breakerTurned'>;
};

export type Providers = {
  get(name: ProviderName): Provider | undefined;
  /** Gives back what is held of the fleet's limits; no call may be under way any more. */
  close(): Promise<void>;
};

/** One provider's part of the configuration. */
type Keys = { apiKeys: readonly string[]; baseUrl?: string; limits: KeyLimits };
type CreateProvider = (options: { apiKey: string; baseUrl?: string }) => Provider;

/** The providers this worker has keys for. The simulator needs none, and nothing limits it. */
export function createProviders({ config, documents, onError, facts }: ProvidersOptions): Providers {
  const providers = new Map<ProviderName, Provider>([['sim', meterProvider(createSimProvider(), facts)]]);
  const gates: ProviderGate[] = [];

  function add(name: ProviderName, keys: Keys | null, create: CreateProvider): void {
    if (!keys) return;
    const { apiKeys, baseUrl, limits } = keys;
    const at = baseUrl === undefined ? {} : { baseUrl };
    const byKey = new Map(
      apiKeys.map((apiKey) => [nameOfKey(apiKey, baseUrl), meterProvider(create({ apiKey, ...at }), facts)]),
    );
    const gate = createProviderGate({ name, keys: [...byKey.keys()], limits, documents, onError });
    gates.push(gate);
    const limited = createLimitedProvider(name, {
      gate,
      byKey,
      countsTokens: limits.tokens !== null,
      onWaited: ({ waitedMs, isAdmitted }) =>
        facts.callAdmitted({ provider: name, outcome: isAdmitted ? 'admitted' : 'gave_up', waitedMs }),
    });
    providers.set(
      name,
      createGuardedProvider(limited, { onTurn: (turn) => facts.breakerTurned({ provider: name, ...turn }) }),
    );
  }

  add('anthropic', config.anthropic, createAnthropicProvider);
  add('openai', config.openai, createOpenaiProvider);
  return {
    get: (name) => providers.get(name),
    async close() {
      await Promise.all(gates.map((gate) => gate.close()));
    },
  };
}

/** The same for every worker that has the key, and nothing to learn the key from. */
function nameOfKey(apiKey: string, baseUrl = ''): string {
  return createHash('sha256').update(`${baseUrl} ${apiKey}`).digest('hex').slice(0, 12);
}
