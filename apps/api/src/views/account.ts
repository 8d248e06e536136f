import type { AccountStanding } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime, toTimeOrNull } from './time.ts';

export const accountView = z
  .object({
    id: z.string(),
    name: z.string(),
    tier: z.string(),
    limits: z
      .object({ maxRunning: z.int(), maxQueued: z.int(), retentionDays: z.int() })
      .describe('Missions that may run at once and lie queued, and for how many days they are kept after their end.'),
    inUse: z
      .object({ running: z.int(), queued: z.int(), waiting: z.int() })
      .describe('Missions in each state: queued ones counted up to their limit, waiting ones up to 10,000.'),
    createdAt: timeView,
  })
  .meta({ id: 'Account' });

/** What an account may have, and what it has now. */
export function toAccountView(account: AccountStanding): z.infer<typeof accountView> {
  const { id, name, tier, maxRunning, maxQueued, retentionDays, running, queued, waiting, createdAt } = account;
  return {
    id,
    name,
    tier,
    limits: { maxRunning, maxQueued, retentionDays },
    inUse: { running, queued, waiting },
    createdAt: toTime(createdAt),
  };
}

/** The one answer that holds the account's webhook secret. */
export const accountSecretView = z
  .object({
    secret: z.string(),
    previousSecretExpiresAt: timeView.nullable().describe('Until then the secret before signs too.'),
  })
  .meta({ id: 'AccountWebhookSecret' });

export function toAccountSecretView(secret: string, previousExpiresAt: Date | null): z.infer<typeof accountSecretView> {
  return { secret, previousSecretExpiresAt: toTimeOrNull(previousExpiresAt) };
}
