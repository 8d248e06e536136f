import type { Outcome, StopReason } from '@flotilla/agent';
import type { Finish, Park, Release } from '@flotilla/db';
import { toPark } from './to-park.ts';

/** What the database is asked to make of an outcome; `null`: nothing, the mission is another's. */
export function toMove(outcome: Outcome): Finish | Release | Park | null {
  switch (outcome.kind) {
    case 'completed':
      return { status: 'completed', output: outcome.output };
    case 'failed':
      return { status: 'failed', code: outcome.code, message: outcome.message };
    case 'retry_later': {
      const { code, message, tries, failingForMs } = outcome;
      return { status: 'queued', code, message, afterMs: Math.ceil(outcome.afterMs), tries, failingForMs };
    }
    case 'parked':
      return toPark(outcome);
    case 'stopped':
      return stoppedMove(outcome.reason, outcome);
  }
}

function stoppedMove(
  reason: StopReason,
  { tries, failingForMs }: { tries: number; failingForMs: number | null },
): Finish | Release | null {
  const release = { status: 'queued', afterMs: 0, tries, failingForMs } as const;
  switch (reason) {
    case 'fenced':
      return null;
    case 'deadline':
      return { status: 'failed', code: 'deadline_exceeded', message: 'it was not done in time' };
    case 'pause':
      return { ...release, code: 'paused', message: 'a client paused it' };
    case 'cancel':
    case 'drain':
      // The release reads a cancel's mark in the same statement, and ends the mission there.
      return { ...release, code: 'draining', message: 'handed over by a worker that is stopping' };
  }
}
