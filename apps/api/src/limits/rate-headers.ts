import type { ServerResponse } from 'node:http';
import { ProblemError } from '../problem.ts';
import { type Policy, SLACK_MS, type Taken } from './bucket.ts';

/** Tells what is left of a limit (draft-ietf-httpapi-ratelimit-headers-11). */
export function showLimit(res: ServerResponse, policy: Policy, { remaining, resetMs }: Taken): void {
  res.setHeader('RateLimit-Policy', `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`);
  res.setHeader('RateLimit', `"${policy.name}";r=${remaining};t=${secondsOf(resetMs)}`);
}

/** The answer to a request that a limit has no room for. */
export function tooManyRequests(whose: string, { quota, windowSeconds }: Policy, { resetMs }: Taken): ProblemError {
  const detail = `${whose} may make ${quota} requests at once, and as many again in ${windowSeconds} s; wait and try again.`;
  return new ProblemError('too_many_requests', detail, { headers: { 'Retry-After': String(secondsOf(resetMs)) } });
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil((ms - SLACK_MS) / 1_000));
}
