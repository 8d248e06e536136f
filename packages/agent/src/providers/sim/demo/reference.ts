import { asked } from './wording.ts';

/**
 * A task may speak of what an earlier one found: "that many days from today", "double it", "then add 5". The words
 * are replaced by the value found, and the task then stands by itself.
 */
const BACK =
  /\b(?:that many|the (?:result|answer|outcome)(?: of (?:it|that|this))?|(?:that|this) (?:same )?(?:number|result|answer|sum|product|total|value|figure|amount|date|day|list|text|page|url|site)|the (?:page|site|url|article)|these numbers|those numbers|them|it|that|this|then)\b/i;
/** Words that look back only at the end, or as the whole of what is spoken of; elsewhere "it" says nothing. */
const IDLE =
  /\b(?:is it|was it|it is|it was|will it be|it will be|would it be|it be|(?:that|this) (?:is|was)|this (?:year|month|week|morning|afternoon|evening)|(?:what|which) day (?:is|was) (?:that|this)|right then)\b/gi;
/** An order without an object means the result so far. */
const ORDERS: readonly [RegExp, string][] = [
  [/^(add|subtract) ([\d.,]+%?)$/i, '$1 $2 ORDER it'],
  [/^(multiply|divide) (by [\d.,]+)$/i, '$1 it $2'],
  [/^(?:take|find) (?:the|its) (square|cube) root(?: of it)?$/i, '$1 root of it'],
  [/^(double|triple|halve|square|reverse|sort) (?:it|that|this)$/i, '$1 it'],
  [/^(.*)\btheir (sum|average|mean|product|median)\b(.*)$/i, '$1 the $2 of them $3'],
  [/^how many(?: of them)? (?:there are|are there)$/i, 'the count of items in them'],
  [/^(plus|minus|times|divided by) (.+)$/i, 'it $1 $2'],
  [
    /^(.*)\bits (title|status|word count|square root|cube root|square|weekday|length|prime factors)\b(.*)$/i,
    '$1 the $2 of it $3',
  ],
];

function complete(task: string): string {
  const order = asked(task);
  const [pattern, full] = ORDERS.find(([wording]) => wording.test(order)) ?? [];
  if (!pattern || full === undefined) return task;
  return order.replace(pattern, full).replace('ORDER', /^add/i.test(order) ? 'to' : 'from');
}

/** Splits a task around the words that look back; `null` when it stands by itself. */
function lookBack(task: string): { before: string; after: string } | null {
  const whole = complete(task);
  const hidden = whole.replace(IDLE, (idle) => '_'.repeat(idle.length));
  const found = BACK.exec(hidden);
  return found && { before: whole.slice(0, found.index), after: whole.slice(found.index + found[0].length) };
}

export function looksBack(task: string): boolean {
  return lookBack(task) !== null;
}

/** The task with the value in place of the words that look back. */
export function lookedUp(task: string, value: string): string {
  const parts = lookBack(task);
  return parts ? `${parts.before}${value}${parts.after}` : task;
}
