/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const DELIVERIES = ['tests/integration/db/deliveries.test.ts'];
const LINES = ['tests/integration/db/delivery-lines.test.ts'];
const BATCHES = ['tests/integration/db/delivery-batches.test.ts'];
const WORKER = ['tests/integration/worker/webhooks.test.ts'];
const SECRETS = ['tests/integration/api/declared-tools.test.ts'];
const RUNNER = ['apps/worker/src/deliver.test.ts'];

const CLAIM = 'packages/db/src/deliveries/claim.ts';
const RECORD = 'packages/db/src/deliveries/record.ts';
const WAKE = 'packages/db/src/deliveries/wake.ts';
const SENT_ANEW = 'packages/db/src/deliveries/send-anew.ts';
const DUE = 'packages/db/src/sweep/ring-due.ts';
const DELIVER = 'apps/worker/src/deliver.ts';

/** Guards of who is sent what, and of whose delivery is in whose way. */
export const DELIVERED: Mutant[] = [
  {
    name: 'a claim beyond the room of its endpoint',
    file: CLAIM,
    find: '> j.most THEN',
    replace: '> 1000 THEN',
    tests: DELIVERIES,
  },
  {
    name: 'a claim without the lock of its endpoint',
    file: CLAIM,
    find: '        FOR NO KEY UPDATE SKIP LOCKED\n      ), found',
    replace: '      ), found',
    tests: BATCHES,
  },
  {
    name: 'a claim for an endpoint that is disabled',
    file: CLAIM,
    find: ' OR e.disabled_at IS NOT NULL AND NOT f.is_test',
    replace: '',
    tests: DELIVERIES,
  },
  {
    name: 'a claim within a pause that its endpoint has asked for',
    file: CLAIM,
    find: 'WHEN e.quiet_until > now() AND NOT f.is_test THEN',
    replace: 'WHEN false THEN',
    tests: DELIVERIES,
  },
  {
    name: 'a claim that waits for an endpoint in the way of the others',
    file: CLAIM,
    find: 'FOR NO KEY UPDATE SKIP LOCKED\n      ), found',
    replace: 'FOR NO KEY UPDATE\n      ), found',
    tests: BATCHES,
  },
  {
    name: 'a record that waits for an endpoint in the way of the others',
    file: RECORD,
    find: 'FOR NO KEY UPDATE SKIP LOCKED\n      ), owned',
    replace: 'FOR NO KEY UPDATE\n      ), owned',
    tests: BATCHES,
  },
  {
    name: 'a delivery given up at a lock that keeps its bell',
    file: CLAIM,
    find: 'SET rung_at = NULL',
    replace: 'SET rung_at = d.rung_at',
    tests: BATCHES,
  },
  {
    name: 'failures of a batch that count although it took something after them',
    file: RECORD,
    find: 'FILTER (WHERE NOT o.is_test AND o.place > COALESCE(o.last_in_time, -1))::int AS strikes',
    replace: 'FILTER (WHERE NOT o.is_test)::int AS strikes',
    tests: BATCHES,
  },
  {
    name: 'a batch that wakes but one for all the room it makes',
    file: WAKE,
    find: 'THEN LEAST(${roomOf(limits)}, i.made)',
    replace: 'THEN LEAST(${roomOf(limits)}, 1)',
    tests: BATCHES,
  },
  {
    name: 'a record that gives no room back',
    file: RECORD,
    find: 'GREATEST(w.in_flight - f.made, 0)',
    replace: 'w.in_flight',
    tests: DELIVERIES,
  },
  {
    name: 'an endpoint that is disabled although it has taken something in between',
    file: RECORD,
    find: 'CASE WHEN s.is_delivered THEN CASE WHEN s.fails THEN now() END',
    replace: 'CASE WHEN false THEN now()',
    tests: DELIVERIES,
  },
  {
    name: 'an endpoint that answers for where it was',
    file: RECORD,
    find: ' WHERE o.is_of_now',
    replace: '',
    tests: DELIVERIES,
  },
  {
    name: 'a wake before the moment that an endpoint has asked for',
    file: 'packages/db/src/endpoints/room.ts',
    find: 'WHEN w.quiet_until > now() AND NOT ${HAS_OPEN_TEST} THEN 0',
    replace: 'WHEN false THEN 0',
    tests: DELIVERIES,
  },
  {
    name: 'a mark that is forgotten while somebody waits',
    file: WAKE,
    find: 'OR NOT d.in_slow_lane))\n        ORDER BY w.id',
    replace: 'OR NOT d.in_slow_lane) AND false)\n        ORDER BY w.id',
    tests: DELIVERIES,
  },
  {
    name: 'a sweep that rings a whole backlog',
    file: DUE,
    find: 'l.is_in_hand OR l.room >=',
    replace: 'true OR l.room >=',
    tests: DELIVERIES,
  },
  {
    name: 'a stranger’s delivery that is sent again',
    file: SENT_ANEW,
    find: ' AND d.account_id = ${accountId}',
    replace: '',
    tests: DELIVERIES,
  },
  {
    name: 'a webhook with a secret of its own that the account’s old one signs too',
    file: CLAIM,
    find: 'w.secret IS NULL AND a.previous',
    replace: 'a.previous',
    tests: SECRETS,
  },
  {
    name: 'a tool’s call that only the account’s new secret signs',
    file: 'packages/db/src/missions/signing.ts',
    find: 'CASE WHEN a.previous_webhook_secret_expires_at > now() THEN a.previous_webhook_secret END',
    replace: 'NULL',
    tests: SECRETS,
  },
  {
    name: 'slow endpoints that take every slot',
    file: DELIVER,
    find: 'takesSlow: place.takesSlow',
    replace: 'takesSlow: true',
    tests: WORKER,
  },
  {
    name: 'an account whose endpoints that hang have all that slow ones may have',
    file: CLAIM,
    find: "> o.most THEN 'in_line'",
    replace: "> o.most + 1000 THEN 'in_line'",
    tests: LINES,
  },
  {
    name: 'a sweep that rings the whole line of an account',
    file: WAKE,
    find: 'SELECT l.id, ${limits.toSlowPerAccount}::int - ${slowInHand(Prisma.sql`l.id`)} AS room',
    replace: 'SELECT l.id, 1000 AS room',
    tests: LINES,
  },
  {
    name: 'a record that leaves what it has shown to be well in the line of what hangs',
    file: RECORD,
    find: 'WHEN e.has_line AND (',
    replace: 'WHEN false AND (',
    tests: LINES,
  },
  {
    name: 'a test that takes a slot of the endpoints that answer',
    file: CLAIM,
    find: "WHEN j.is_slow AND NOT j.takes_slow THEN 'in_line'",
    replace: "WHEN false THEN 'in_line'",
    tests: LINES,
  },
  {
    name: 'a test beside the room of its endpoint',
    file: CLAIM,
    find: "WHEN j.verdict <> 'if_it_fits' THEN j.verdict",
    replace: "WHEN j.verdict <> 'if_it_fits' THEN j.verdict WHEN j.is_test THEN 'claimed'",
    tests: LINES,
  },
  {
    name: 'two tests of an endpoint at once',
    file: SENT_ANEW,
    find: '${JSON.stringify(key.data)}::jsonb, e.id,',
    replace: '${JSON.stringify(key.data)}::jsonb, NULL,',
    tests: LINES,
  },
  {
    name: 'a mission whose end nobody would hear of',
    file: 'apps/api/src/missions/webhook.ts',
    find: 'if (endpoint && !endpoint.isEnabled) throw webhookDisabled(endpoint.id);',
    replace: '',
    tests: ['tests/integration/api/moves.test.ts'],
  },
  {
    name: 'a receiver’s answer that is stored with its secrets',
    file: DELIVER,
    find: 'redactor.text(excerpt)',
    replace: 'excerpt',
    tests: RUNNER,
  },
];
