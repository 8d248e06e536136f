import { Prisma } from '../generated/prisma/client.ts';

/** The amounts of a spec's budget, as budgets count them: millionths of a US dollar, tokens, steps and seconds. */
export function amountsOf(budget: Prisma.Sql) {
  return {
    microUsd: Prisma.sql`round((${budget}->>'usd')::numeric * 1000000)::bigint`,
    tokens: Prisma.sql`(${budget}->>'tokens')::bigint`,
    steps: Prisma.sql`(${budget}->>'steps')::int`,
    seconds: Prisma.sql`(${budget}->>'wallClockSeconds')::int`,
  };
}

/** What the budget `b` lets its mission have spent by now: its own limits, and those of the role that is at work. */
export const LIMIT = {
  microUsd: Prisma.sql`LEAST(b.micro_usd, b.role_micro_usd)`,
  tokens: Prisma.sql`LEAST(b.tokens, b.role_tokens)`,
  steps: Prisma.sql`LEAST(b.steps, b.role_steps)`,
  seconds: Prisma.sql`LEAST(b.seconds, b.role_seconds)`,
};

/** Whether a spec says that one of its roles has a budget. */
export function hasRoleBudgetsIn(spec: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(${spec} @? '$.chain[*].budget')`;
}
