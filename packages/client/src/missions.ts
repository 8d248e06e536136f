import type { Api, Body, Query, Reply } from './api.ts';
import { createFiles, type Files } from './files.ts';
import type { MissionResult } from './generated/api.ts';
import type { List } from './list.ts';
import type { Sleep } from './sleep.ts';
import { type StreamItem, type StreamOptions, streamMission } from './stream.ts';
import type { CallOptions, Transport } from './transport.ts';
import { type WaitOptions, waitForResult } from './wait.ts';

export type MissionsDeps = { api: Api; transport: Pick<Transport, 'open'>; sleep: Sleep; random: () => number };

/** `client.missions` */
export type Missions = {
  /** Accepts a mission. Once this resolves it is stored, and is done whether or not anybody waits for it. */
  create(mission: Body<'POST /v1/missions'>, options?: CallOptions): Promise<Reply<'POST /v1/missions'>>;

  /** Accepts up to 1,000 missions; `data` says of each, in order, its id, or why it was refused. */
  createBatch(
    missions: Body<'POST /v1/missions/batch'>['missions'],
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/missions/batch'>>;

  /** A mission as it is now, with what it waits to be answered. */
  get(missionId: string, options?: CallOptions): Promise<Reply<'GET /v1/missions/{missionId}'>>;

  /** Newest first. */
  list(query?: Query<'GET /v1/missions'>, options?: CallOptions): List<Reply<'GET /v1/missions'>>;

  /** What has come of it by now. */
  result(missionId: string, options?: CallOptions): Promise<Reply<'GET /v1/missions/{missionId}/result'>>;

  /** What has come of it, once it has ended: completed, failed or cancelled. */
  wait(missionId: string, options?: WaitOptions): Promise<MissionResult>;

  /** Its events, each once and in order, and what its model writes in between, until it has ended. */
  stream(missionId: string, options?: StreamOptions): AsyncGenerator<StreamItem, void, undefined>;

  /** The events there are by now, in order. */
  events(
    missionId: string,
    query?: Query<'GET /v1/missions/{missionId}/events'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/missions/{missionId}/events'>>;

  /** Each model call with its tool calls, in order. */
  steps(
    missionId: string,
    query?: Query<'GET /v1/missions/{missionId}/steps'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/missions/{missionId}/steps'>>;

  /** The missions it has started, newest first. */
  children(
    missionId: string,
    query?: Query<'GET /v1/missions/{missionId}/children'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/missions/{missionId}/children'>>;

  /** What it means to do, and what of it is done. */
  plan(missionId: string, options?: CallOptions): Promise<Reply<'GET /v1/missions/{missionId}/plan'>>;

  /** Ends it, also in the middle of a model call. */
  cancel(missionId: string, options?: CallOptions): Promise<Reply<'POST /v1/missions/{missionId}/cancel'>>;

  /** Holds it at its next step. */
  pause(missionId: string, options?: CallOptions): Promise<Reply<'POST /v1/missions/{missionId}/pause'>>;

  /** Lets it go on. */
  resume(missionId: string, options?: CallOptions): Promise<Reply<'POST /v1/missions/{missionId}/resume'>>;

  /** What its tools have left in its workspace. */
  files: Files;

  /** The whole output of a tool call, of which the step may have the beginning. */
  toolOutput(
    missionId: string,
    { step, call }: { step: number; call: number },
    options?: CallOptions,
  ): Promise<Reply<'GET /v1/missions/{missionId}/steps/{step}/tool-calls/{call}/output'>>;

  /** A token for a browser, good for this mission's events and result, and for a short time. */
  createToken(
    missionId: string,
    how?: Body<'POST /v1/missions/{missionId}/tokens'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/missions/{missionId}/tokens'>>;

  /** Erases it, once it has ended, with those it has started. */
  erase(missionId: string, options?: CallOptions): Promise<Reply<'DELETE /v1/missions/{missionId}'>>;

  /** What it waits to be answered. */
  asks(missionId: string, options?: CallOptions): Promise<Reply<'GET /v1/missions/{missionId}/asks'>>;

  /** Answers what it asks; with the last answer it goes on. */
  answer(
    missionId: string,
    answer: Body<'POST /v1/missions/{missionId}/answer'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/missions/{missionId}/answer'>>;

  /** A new mission that does again what an ended one was to do: from its last step on, or from the start. */
  retry(
    missionId: string,
    how?: Body<'POST /v1/missions/{missionId}/retry'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/missions/{missionId}/retry'>>;

  /** A new mission that begins as this one did up to a step, and goes on with what the patch changes. */
  fork(
    missionId: string,
    from: Body<'POST /v1/missions/{missionId}/fork'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/missions/{missionId}/fork'>>;
};

export function createMissions(deps: MissionsDeps): Missions {
  const { call, list } = deps.api;
  return {
    files: createFiles(deps.api),
    toolOutput: (missionId, { step, call: index }, options) =>
      call(
        'GET /v1/missions/{missionId}/steps/{step}/tool-calls/{call}/output',
        { params: { missionId, step: String(step), call: String(index) } },
        options,
      ),
    createToken: (missionId, how = {}, options) =>
      call('POST /v1/missions/{missionId}/tokens', { params: { missionId }, body: how }, options),
    erase: (missionId, options) => call('DELETE /v1/missions/{missionId}', { params: { missionId } }, options),
    create: (mission, options) => call('POST /v1/missions', { body: mission }, options),
    createBatch: (missions, options) => call('POST /v1/missions/batch', { body: { missions } }, options),
    get: (missionId, options) => call('GET /v1/missions/{missionId}', { params: { missionId } }, options),
    list: (query, options) => list('GET /v1/missions', { query }, options),
    result: (missionId, options) => call('GET /v1/missions/{missionId}/result', { params: { missionId } }, options),
    wait: (missionId, options = {}) => waitForResult(deps, missionId, options),
    stream: (missionId, options = {}) => streamMission(deps, missionId, options),
    events: (missionId, query, options) =>
      list('GET /v1/missions/{missionId}/events', { params: { missionId }, query }, options),
    steps: (missionId, query, options) =>
      list('GET /v1/missions/{missionId}/steps', { params: { missionId }, query }, options),
    children: (missionId, query, options) =>
      list('GET /v1/missions/{missionId}/children', { params: { missionId }, query }, options),
    plan: (missionId, options) => call('GET /v1/missions/{missionId}/plan', { params: { missionId } }, options),
    cancel: (missionId, options) => call('POST /v1/missions/{missionId}/cancel', { params: { missionId } }, options),
    pause: (missionId, options) => call('POST /v1/missions/{missionId}/pause', { params: { missionId } }, options),
    resume: (missionId, options) => call('POST /v1/missions/{missionId}/resume', { params: { missionId } }, options),
    asks: (missionId, options) => call('GET /v1/missions/{missionId}/asks', { params: { missionId } }, options),
    answer: (missionId, answer, options) =>
      call('POST /v1/missions/{missionId}/answer', { params: { missionId }, body: answer }, options),
    retry: (missionId, how = {}, options) =>
      call('POST /v1/missions/{missionId}/retry', { params: { missionId }, body: how }, options),
    fork: (missionId, from, options) =>
      call('POST /v1/missions/{missionId}/fork', { params: { missionId }, body: from }, options),
  };
}
