import { createHash } from 'node:crypto';
import {
  createGuardedProvider,
  createLimitedProvider,
  createProviderGate,
  createSimProvider,
  type KeyLimits,
  type PriceOverride,
  type Provider,
  type ProviderGate,
} from '@flotilla/agent';
import type { ProviderName, SharedDocuments } from '@flotilla/core';
import type { Config } from './config.ts';
import type { WorkerFacts } from './facts.ts';
import { meterProvider } from './meter-provider.ts';
import { timingsOf } from './model-timeouts.ts';
import type { MissionTraces } from './trace/mission-traces.ts';

export type ProvidersOptions = {
  config: Pick<Config, 'anthropic' | 'openai' | 'bedrock' | 'modelTimeouts'>;
  /** Prices of the deployment's own, and those of the models it has none for. */
  prices?: PriceOverride[] | undefined;
  /** Where the fleet keeps what its keys may still be asked. */
  documents: SharedDocuments;
  /** The store of that did not answer, and calls wait. */
  onError(error: unknown): void;
  facts: Pick<WorkerFacts, 'modelCalled' | 'callAdmitted' | 'breakerTurned'>;
  traces: Pick<MissionTraces, 'model'>;
};

export type Providers = {
  get(name: ProviderName): Provider | undefined;
  /** Gives back what is held of the fleet's limits; no call may be under way any more. */
  close(): Promise<void>;
};

/** One provider with each of its keys: `id` is all that tells two of them apart. */
type Account = { name: ProviderName; limits: KeyLimits; keys: readonly { id: string; provider: Provider }[] };

/** The providers this worker has keys for. The simulator needs none, and nothing limits it. */
export async function createProviders(options: ProvidersOptions): Promise<Providers> {
  const { config, prices, documents, onError, facts, traces } = options;
  const meters = { modelCalled: facts.modelCalled, traces };
  const providers = new Map<ProviderName, Provider>([['sim', meterProvider(createSimProvider(), meters)]]);
  const gates: ProviderGate[] = [];

  for (const { name, limits, keys } of await accountsOf(config, prices)) {
    const byKey = new Map(keys.map(({ id, provider }) => [nameOfKey(id), meterProvider(provider, meters)]));
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
  return {
    get: (name) => providers.get(name),
    async close() {
      await Promise.all(gates.map((gate) => gate.close()));
    },
  };
}

/**
 * Loads the SDK of what is configured, and of nothing else: all three are five hundred modules, a second of processor
 * time at every start of a worker.
 */
async function accountsOf(
  { anthropic, openai, bedrock, modelTimeouts }: ProvidersOptions['config'],
  prices: ProvidersOptions['prices'],
): Promise<Account[]> {
  const own = prices && { prices };
  const accounts: Account[] = [];
  if (anthropic) {
    const { createAnthropicProvider } = await import('@flotilla/agent/anthropic');
    const { apiKeys, limits, ...at } = anthropic;
    const timings = timingsOf(modelTimeouts, 'anthropic');
    const keys = apiKeys.map((apiKey) => ({
      id: `${at.baseUrl ?? ''} ${apiKey}`,
      provider: createAnthropicProvider({ ...at, ...own, apiKey, timings }),
    }));
    accounts.push({ name: 'anthropic', limits, keys });
  }
  if (openai) {
    const { createOpenaiProvider } = await import('@flotilla/agent/openai');
    const { apiKeys, limits, api, ...at } = openai;
    const timings = timingsOf(modelTimeouts, 'openai');
    const keys = apiKeys.map((apiKey) => ({
      id: `${at.baseUrl ?? ''} ${apiKey}`,
      provider: createOpenaiProvider({ ...at, ...own, apiKey, dialect: { api }, timings }),
    }));
    accounts.push({ name: 'openai', limits, keys });
  }
  if (bedrock) {
    const { createBedrockProvider } = await import('@flotilla/agent/bedrock');
    const { apiKeys, limits, ...at } = bedrock;
    const timings = timingsOf(modelTimeouts, 'bedrock');
    const keys = (apiKeys ?? [undefined]).map((apiKey) => ({
      id: `${at.region} ${at.baseUrl ?? ''} ${apiKey ?? ''}`,
      provider: createBedrockProvider({ ...at, ...own, ...(apiKey !== undefined && { apiKey }), timings }),
    }));
    accounts.push({ name: 'bedrock', limits, keys });
  }
  return accounts;
}

/** The same for every worker that has the key, and nothing to learn the key from. */
function nameOfKey(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}
