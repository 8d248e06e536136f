import type { Api, Body, Query, Reply } from './api.ts';
import type { List } from './list.ts';
import type { CallOptions } from './transport.ts';

/** `client.agents` */
export type Agents = {
  /** Defines an agent. Another definition is its next version; the same one changes nothing. */
  put(
    name: string,
    definition: Body<'PUT /v1/agents/{name}'>,
    options?: CallOptions,
  ): Promise<Reply<'PUT /v1/agents/{name}'>>;

  /** An agent, in its newest version or the one that is named. */
  get(
    name: string,
    query?: Query<'GET /v1/agents/{name}'>,
    options?: CallOptions,
  ): Promise<Reply<'GET /v1/agents/{name}'>>;

  /** Each in its newest version, by name. */
  list(query?: Query<'GET /v1/agents'>, options?: CallOptions): List<Reply<'GET /v1/agents'>>;

  /** Newest first. */
  versions(
    name: string,
    query?: Query<'GET /v1/agents/{name}/versions'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/agents/{name}/versions'>>;
};

export function createAgents({ call, list }: Api): Agents {
  return {
    put: (name, definition, options) => call('PUT /v1/agents/{name}', { params: { name }, body: definition }, options),
    get: (name, query, options) => call('GET /v1/agents/{name}', { params: { name }, query }, options),
    list: (query, options) => list('GET /v1/agents', { query }, options),
    versions: (name, query, options) => list('GET /v1/agents/{name}/versions', { params: { name }, query }, options),
  };
}
