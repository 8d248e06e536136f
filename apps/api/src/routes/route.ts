import { type RequestCode, SCOPES, type Scope } from '@flotilla/core';
import type { z } from 'zod';
import type { BodyLimits } from '../body/body-limits.ts';
import type { OpenReply, Reply } from '../http/reply.ts';
import type { OnceKey } from '../idempotency/answer-once.ts';
import type { Kept } from '../idempotency/keep-answer.ts';

/** A request that may be answered: authenticated, within the limits, its body read. */
export type Call = {
  accountId: string;
  /** The key it was made with, the part of it that may be shown, and its scopes; of a token, those it has of its key's. */
  keyId: string;
  keyPrefix: string;
  scopes: readonly string[];
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** What the body held; `undefined` where there was none. */
  body: unknown;
  /** Its Idempotency-Key, if it has one and the route `isRepeatable`. */
  once: OnceKey | null;
  /** How it wants to be answered, and from where on; `undefined` where the header is missing. */
  accept: string | undefined;
  lastEventId: string | undefined;
  /** For answers that take their time: whether the key may still do this. Never rejects. */
  isStillAllowed(): Promise<boolean>;
  /** Aborts when there is nobody left to answer. */
  untilGone(): AbortSignal;
  /**
   * For an answer that is held open: takes its place among those of its key and its process.
   * @throws {ProblemError} `too_many_streams`, `overloaded`
   */
  holdOpen(): void;
};

type RouteParts = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** What it does, in a line of the API's document. */
  summary: string;
  /** The parameters it takes after the `?`: the schema its handler reads them with. Left out: it takes none. */
  query?: z.ZodType;
  /** What it answers, by status, where it answers what was asked for. Of 204 the schema says nothing. */
  replies: Readonly<Record<number, z.ZodType>>;
  /** Whether what it makes, or finds, has an address, which its answers say in `Location`. */
  hasLocation?: boolean;
  /** What its answers are written in, where that is not JSON. */
  media?: string;
  /** The codes of problems it may answer with, beside those that follow from what it takes. */
  problems?: readonly RequestCode[];
  /** Whether it also answers `Accept: text/event-stream`, and goes on from a `Last-Event-ID`. */
  isStreamable?: boolean;
};

/** The body a route takes. Of a route without, a body is ignored. */
type RouteBody =
  | { body?: never; input?: never }
  | {
      body: 'required' | 'optional';
      /** The schema its handler reads it with. */
      input: z.ZodType;
    };

/** One method of one address. `scope` is what a key must carry; a route without one stops the boot. */
export type Route = RouteParts &
  RouteBody & {
    scope: Scope;
    /** What the body may hold, where that is not what a single thing may. */
    bodyLimits?: BodyLimits;
    /** Whether the mission that its path names may be read with a token (`?token=`) instead of a key. */
    takesToken?: boolean;
    /** Whether it takes work away. Load is shed of all others: whoever would stop what is too much is not turned away. */
    makesRoom?: boolean;
    /** Whether it takes an Idempotency-Key, and hands it to `answerOnce`: it stores its record with what it makes. */
    isRepeatable?: boolean;
    /** Of any other route that takes an Idempotency-Key: how its answer is kept for it. Without either, a POST refuses one. */
    keepsAnswer?: Kept;
    /** Of one that `keepsAnswer`: whether twice is once, so that what broke off may be done again for its key. */
    isIdempotent?: boolean;
    handle(call: Call): Promise<Reply | OpenReply>;
  };

/** A route that anyone may call: it belongs to nobody's data. */
export type PublicRoute = RouteParts & { handle(): Promise<Reply | OpenReply> };

/** Whether it takes an Idempotency-Key. */
export function takesKey({ isRepeatable, keepsAnswer }: Pick<Route, 'isRepeatable' | 'keepsAnswer'>): boolean {
  return isRepeatable === true || keepsAnswer !== undefined;
}

/** Whether it would do twice what it is asked twice, and takes no key for it (RFC 9110 §9.2.2). */
export function refusesKey(route: Pick<Route, 'method' | 'isRepeatable' | 'keepsAnswer'>): boolean {
  return (route.method === 'POST' || route.method === 'PATCH') && !takesKey(route);
}

/** @throws {Error} naming the route that declares no scope, or one that no key can carry */
export function checkScopes(routes: readonly Route[]): void {
  for (const { method, path, scope } of routes) {
    if (!SCOPES.includes(scope)) throw new Error(`${method} ${path} declares no scope: say what a key needs for it`);
  }
}
