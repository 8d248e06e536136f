import { type Agents, createAgents } from './agents.ts';
import { type Body, createApi, type Query, type Reply } from './api.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import type { List } from './list.ts';
import { createMissions, type Missions } from './missions.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { sleep } from './sleep.ts';
import { type CallOptions, createTransport } from './transport.ts';
import {
  createWebhookDeliveries,
  createWebhookEndpoints,
  type WebhookDeliveries,
  type WebhookEndpoints,
} from './webhooks.ts';

export type ClientOptions = {
  /**
   * `fl_live_…`; or the token of a browser, `fl_tok_…`, with which `missions.result`, `wait`, `events` and `stream` answer
   * for its one mission, and nothing else does.
   */
  apiKey: string;
  /** Where the API is, such as `https://flotilla.example`. */
  baseUrl: string;
  /** Makes the requests; by default the one of the platform. */
  fetch?: typeof fetch | undefined;
  /** How long each try of a call may take, in milliseconds. Default: 30,000. */
  timeoutMs?: number | undefined;
  /** How often a call is made again that was turned away or got no answer, where that is safe. Default: 3. */
  maxRetries?: number | undefined;
};

const TIMEOUT_MS = 30_000;
const MAX_RETRIES = 3;

/** Everything the API does, by what it is done with. Nothing is sent before something is called. */
export type Client = {
  missions: Missions;
  sessions: Sessions;
  agents: Agents;

  webhookEndpoints: WebhookEndpoints;
  webhookDeliveries: WebhookDeliveries;

  apiKeys: ApiKeys;

  /** What the account's waiting missions want to know, the oldest first. */
  approvals: {
    list(query?: Query<'GET /v1/approvals'>, options?: CallOptions): List<Reply<'GET /v1/approvals'>>;
    /** Approves or rejects a tool call. */
    decide(
      askId: string,
      decision: Body<'POST /v1/approvals/{askId}/decision'>,
      options?: CallOptions,
    ): Promise<Reply<'POST /v1/approvals/{askId}/decision'>>;
  };

  /**
   * All that has happened to the account's missions. A page's `endCursor` is where a later request goes on:
   * `for await (const { data, endCursor } of client.events.list({ cursor }).pages())`.
   */
  events: {
    list(query?: Query<'GET /v1/events'>, options?: CallOptions): List<Reply<'GET /v1/events'>>;
  };

  /** What the account may have, and what it has now. */
  account: {
    get(options?: CallOptions): Promise<Reply<'GET /v1/account'>>;
    /** A new webhook secret, beside which the one before signs for a while: `verifyWebhook` takes both. */
    rotateWebhookSecret(
      how?: Body<'POST /v1/account/rotate-webhook-secret'>,
      options?: CallOptions,
    ): Promise<Reply<'POST /v1/account/rotate-webhook-secret'>>;
  };

  /** What failed, newest first. */
  deadLetters: {
    list(query?: Query<'GET /v1/dead-letters'>, options?: CallOptions): List<Reply<'GET /v1/dead-letters'>>;
  };

  /** Retries or cancels what a filter lets through, or says with `dryRun` what it would. */
  bulkActions: {
    create(action: Body<'POST /v1/bulk-actions'>, options?: CallOptions): Promise<Reply<'POST /v1/bulk-actions'>>;
  };

  /** What was spent, by day, agent and model, newest day first. */
  usage: {
    list(query?: Query<'GET /v1/usage'>, options?: CallOptions): List<Reply<'GET /v1/usage'>>;
  };
};

/**
 * Every call rejects with a `FlotillaError` that says what is wrong, or with the reason of its signal; what can be no
 * request is none, and rejects with a `TypeError`. Calls that start something carry an Idempotency-Key, and are made again
 * under it until they are answered; others are made again only where that is the same as making them once.
 * @throws {TypeError} for a key or an address that cannot be one
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport({
    apiKey: readKey(options.apiKey),
    baseUrl: readBaseUrl(options.baseUrl),
    // Called without a receiver, which browsers' own insists on being their window.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
    sleep,
    random: Math.random,
  });
  const api = createApi(transport, newKey);
  const { call, list } = api;
  return {
    missions: createMissions({ api, transport, sleep, random: Math.random }),
    sessions: createSessions(api),
    agents: createAgents(api),
    webhookEndpoints: createWebhookEndpoints(api),
    webhookDeliveries: createWebhookDeliveries(api),
    apiKeys: createApiKeys(api),
    approvals: {
      list: (query, callOptions) => list('GET /v1/approvals', { query }, callOptions),
      decide: (askId, decision, callOptions) =>
        call('POST /v1/approvals/{askId}/decision', { params: { askId }, body: decision }, callOptions),
    },
    events: { list: (query, callOptions) => list('GET /v1/events', { query }, callOptions) },
    account: {
      get: (callOptions) => call('GET /v1/account', {}, callOptions),
      rotateWebhookSecret: (how = {}, callOptions) =>
        call('POST /v1/account/rotate-webhook-secret', { body: how }, callOptions),
    },
    deadLetters: { list: (query, callOptions) => list('GET /v1/dead-letters', { query }, callOptions) },
    bulkActions: { create: (action, callOptions) => call('POST /v1/bulk-actions', { body: action }, callOptions) },
    usage: { list: (query, callOptions) => list('GET /v1/usage', { query }, callOptions) },
  };
}

/** Unlike `randomUUID`, this is there on pages without https too. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Headers hold visible ASCII; fetch's own complaint would show the key. */
function readKey(apiKey: string): string {
  if (typeof apiKey === 'string' && /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new TypeError('apiKey must be a key such as fl_live_…');
}

function readBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '') {
    return url.href.replace(/\/+$/, '');
  }
  throw new TypeError('baseUrl must be an address such as https://flotilla.example');
}
