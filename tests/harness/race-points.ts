/**
 * The points of a race: the moments between two things that belong together, at which somebody else may come, or
 * somebody die. Chance meets them too seldom to be a test, so each can be held open: a row or a table is locked by hand,
 * an answer of the model, the tool or the receiver is held back, a reply of the database is swallowed on its way. Every
 * one has a test of its name.
 */
const RACE_POINTS = {
  'zombie inside its successor’s step': 'its commit is at the row of the mission, which another attempt has taken over',
  'zombie beats on': 'its lease has ended, its missions run elsewhere, and it still sends heartbeats',
  'write at its row': 'sent, and waiting for the row of a mission that somebody else is moving',
  'claimed, first reply open': 'a worker has the mission, and its first model call is not answered yet',
  'cancelled, first reply open': 'a cancel comes after the claim and before there is a step',
  'last step committed, end not': 'the answer is in the journal, and the end waits for the row of the account',
  'cancelled twice at once': 'both cancels wait for the row of the mission',
  'committed, reply lost': 'the commit is made, and the worker does not hear of it',
  'two bells at the claim': 'two workers, rung for the same mission, wait for its row',
  'claim beside a cancel': 'one waits for the row of the mission while the other is made',
  'claim begun in a taken session': 'its snapshot is older than what has become of the session while it waited',
  'heartbeat beside the sweep':
    'a lease ends while its heartbeat waits for the row of the worker, or is not committed yet',
  'webhook answered, not recorded': 'the receiver has answered 2xx, and the record waits for the table of attempts',
  'reply in, not committed': 'the model has answered, and the commit waits for the row of the mission',
  'tool answered, not committed': 'the tool has had its effect, and its result waits for the row of the mission',
} as const;

/** The name of a race point, for the name of its test. */
export const racePoint = (name: keyof typeof RACE_POINTS): string => `at “${name}”`;
