/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const ROLES = ['tests/integration/db/role-budgets.test.ts'];
const SIDE_CALLS = ['tests/integration/db/side-calls.test.ts'];
const ASKING = ['packages/agent/src/side-call-end.test.ts'];
const UNUSED_CALLS = ['packages/agent/src/unused-call.test.ts'];
const SUMMARY = ['packages/agent/src/summary.test.ts'];
const SHOWN = ['tests/integration/api/usage.test.ts'];
const CACHE = ['packages/agent/src/response-cache.test.ts'];

const RESERVE = 'packages/db/src/budgets/reserve.ts';
const UNUSED = 'packages/db/src/steps/commit-unused-call.ts';
const SIDE_CALL = 'packages/agent/src/side-call.ts';
const HOLD = 'packages/agent/src/budget/hold.ts';

/** What keeps money from being spent twice, spent beyond its limit, or left out of the ledger. */
export const MONEY: Mutant[] = [
  {
    name: 'a summary of no use that is asked for again by whoever goes on',
    file: 'packages/agent/src/window.ts',
    find: 'isAskedFor || messages.length',
    replace: 'messages.length',
    tests: SUMMARY,
  },
  {
    name: 'a summary that is no part of what the steps have cost',
    file: 'apps/api/src/views/step.ts',
    find: 'toSum(beside.filter(({ index, isUnused }) => index === null && !isUnused))',
    replace: 'null',
    tests: SHOWN,
  },
  {
    name: 'a summary before a step that has not come, which nobody is shown',
    file: 'apps/api/src/routes/read-journal.ts',
    find: 'isEnd && index === null ? Math.min(step, last) : step',
    replace: 'step',
    tests: SHOWN,
  },
  {
    name: 'a role that spends more than its agent may',
    file: RESERVE,
    find: 'LEAST(own_usd, turn_usd) AS usd_limit',
    replace: 'own_usd AS usd_limit',
    tests: ROLES,
  },
  {
    name: 'a role that pays for those before it',
    file: RESERVE,
    find: 'CASE WHEN begins THEN usd_spent + reserved_micro_usd + usd_given',
    replace: 'CASE WHEN begins THEN usd_given',
    tests: ROLES,
  },
  {
    name: 'a role whose turn begins anew with every call',
    file: RESERVE,
    find: 'm."chainStage" IS DISTINCT FROM b.role_stage AS begins',
    replace: 'true AS begins',
    tests: ROLES,
  },
  {
    name: 'a kept reply that needs room in the budget',
    file: 'packages/agent/src/ask-once.ts',
    find: 'hold.takeFree(request.context.step)',
    replace: 'hold.take(request.context.step, candidate, request)',
    tests: CACHE,
  },
  {
    name: 'a kept reply that needs no step of the budget',
    file: 'packages/agent/src/ask-once.ts',
    find: '    await hold.takeFree(request.context.step);\n',
    replace: '',
    tests: CACHE,
  },
  {
    name: 'an answer that nobody pays, since its mission was stopped',
    file: SIDE_CALL,
    find: '    await journal.commitUnusedCall({ step, index, ...made });\n',
    replace: '',
    tests: ASKING,
  },
  {
    name: 'an answer that is paid though the mission is another attempt’s',
    file: SIDE_CALL,
    find: ` || stop.reason === 'fenced') return;`,
    replace: ') return;',
    tests: ASKING,
  },
  {
    name: 'an unused answer paid by an attempt that has lost its mission',
    file: UNUSED,
    find: ' AND m.attempt = ${attempt}::int AND m.status',
    replace: ' AND m.status',
    tests: SIDE_CALLS,
  },
  {
    name: 'an unused answer paid twice',
    file: UNUSED,
    find: ' WHERE NOT EXISTS (SELECT FROM line WHERE is_this)',
    replace: '',
    tests: SIDE_CALLS,
  },
  {
    name: 'unused answers side by side that take each other’s place',
    file: UNUSED,
    find: 'SELECT id FROM missions WHERE id = ${missionId} FOR NO KEY UPDATE',
    replace: 'SELECT 1',
    tests: SIDE_CALLS,
  },
  {
    name: 'what was reserved for a call that was never sent kept for good',
    file: HOLD,
    find: 'if (isUnderWay && (',
    replace: 'if ((',
    tests: ASKING,
  },
  {
    name: 'what was reserved for a call under way given back',
    file: HOLD,
    find: 'isUnderWay && (context.signal.aborted || !isFree(error))',
    replace: 'false',
    tests: ASKING,
  },
  {
    name: 'a model that has to answer within its tool’s time',
    file: 'packages/agent/src/overhear.ts',
    find: '        clock.stop();\n        try',
    replace: '        try',
    tests: ASKING,
  },
  {
    name: 'a window that moves with every step, so that no cache of a prompt is ever read',
    file: 'packages/agent/src/window.ts',
    find: 'const half = Math.floor(size / 2);\n  return',
    replace: 'const half = 1;\n  return',
    tests: ['packages/agent/src/window.test.ts'],
  },
  {
    name: 'a small model that fails a mission which has another',
    file: 'packages/agent/src/fallback.ts',
    find: ' || (candidate.isLesser && isFailure(error))',
    replace: '',
    tests: SUMMARY,
  },
  {
    name: 'a model that is told the options of another',
    file: 'packages/agent/src/fallback.ts',
    find: '=== role.model ? role.modelOptions : {}',
    replace: "=== '' ? {} : role.modelOptions",
    tests: SUMMARY,
  },
  {
    name: 'a call that broke off, and has cost something, in no ledger',
    file: 'packages/agent/src/providers/streamed-call.ts',
    find: '    if (spent) hooks.onSpent?.(spent);\n',
    replace: '',
    tests: UNUSED_CALLS,
  },
  {
    name: 'a step’s reply that comes a moment after a cancel, and that nobody pays',
    file: 'packages/agent/src/unused-call.ts',
    find: 'const said = whole ?? call.spent;',
    replace: 'const said = call.spent;',
    tests: UNUSED_CALLS,
  },
  {
    name: 'a call that broke off paid though the mission is another attempt’s',
    file: 'packages/agent/src/unused-call.ts',
    find: "stop.reason !== 'fenced' && (stop",
    replace: '(stop',
    tests: UNUSED_CALLS,
  },
  {
    name: 'a reservation that is given back for what a call had said before it broke off',
    file: UNUSED,
    find: '${isPartial ? LESSENED : SETTLED}',
    replace: '${SETTLED}',
    tests: SIDE_CALLS,
  },
  {
    name: 'a reservation beside which what its call has cost is paid too',
    file: 'packages/agent/src/budget/hold.ts',
    find: '      if (isPaid) held = undefined;\n',
    replace: '',
    tests: UNUSED_CALLS,
  },
  {
    name: 'a question that outlasts the tool which has asked it and its time',
    file: SIDE_CALL,
    find: "    over.abort(new Error('The tool that has asked did not wait for the answer.'));\n",
    replace: '',
    tests: ASKING,
  },
];
