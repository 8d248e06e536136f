import type { Api, Query, Reply } from './api.ts';
import type { List } from './list.ts';
import type { CallOptions } from './transport.ts';

/** `client.sessions` */
export type Sessions = {
  /** A conversation, whose missions run one after the other and know what was said before. */
  create(options?: CallOptions): Promise<Reply<'POST /v1/sessions'>>;

  /** Newest first. */
  list(query?: Query<'GET /v1/sessions'>, options?: CallOptions): List<Reply<'GET /v1/sessions'>>;

  /** A session, with what its missions have spent. */
  get(sessionId: string, options?: CallOptions): Promise<Reply<'GET /v1/sessions/{sessionId}'>>;

  /** What is to be done in it, and what of it is done. */
  plan(sessionId: string, options?: CallOptions): Promise<Reply<'GET /v1/sessions/{sessionId}/plan'>>;

  /** Erases it, once all its missions have ended, with these and all that they have left to each other. */
  erase(sessionId: string, options?: CallOptions): Promise<Reply<'DELETE /v1/sessions/{sessionId}'>>;
};

export function createSessions({ call, list }: Api): Sessions {
  return {
    create: (options) => call('POST /v1/sessions', {}, options),
    list: (query, options) => list('GET /v1/sessions', { query }, options),
    get: (sessionId, options) => call('GET /v1/sessions/{sessionId}', { params: { sessionId } }, options),
    plan: (sessionId, options) => call('GET /v1/sessions/{sessionId}/plan', { params: { sessionId } }, options),
    erase: (sessionId, options) => call('DELETE /v1/sessions/{sessionId}', { params: { sessionId } }, options),
  };
}
