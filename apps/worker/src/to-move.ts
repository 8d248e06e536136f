import type { Outcome } from '@flotilla/agent';
import type { Finish, Release } from '@flotilla/db';

/** What the database is asked to make of an outcome; `null`: nothing, the mission is another's. */
export function toMove(outcome: Outcome): Finish | Release | null {
  switch (outcome.kind) {
    case 'completed':
      return { status: 'completed', output: outcome.output };
    case 'failed':
      return { status: 'failed', code: outcome.code, message: outcome.message };
    case 'retry_later': {
      const { code, message, tries } = outcome;
      return { status: 'queued', code, message, afterMs: Math.ceil(outcome.afterMs), tries };
    }
    case 'stopped':
      if (outcome.reason === 'fenced') return null;
      // After a cancel too: the release reads the cancel's mark in the same statement, and ends the mission there.
      return {
        status: 'queued',
        code: 'draining',
        message: 'handed over by a worker that is stopping',
        afterMs: 0,
        tries: outcome.tries,
      };
  }
}
