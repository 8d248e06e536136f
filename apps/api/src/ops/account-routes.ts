import { randomBytes } from 'node:crypto';
import { ACCOUNT_NAME, MAX_QUEUED_MAX, MAX_RUNNING_MAX, SCOPES, TIERS } from '@flotilla/core';
import type { AccountFacts, Database } from '@flotilla/db';
import { OpsError, type OpsRoute, type SecretBox } from '@flotilla/platform';
import { z } from 'zod';

const PAGE_MAX = 1_000;
const RETENTION_MAX_DAYS = 3_650;

const limits = {
  tier: z.enum(['free', 'paid']).optional(),
  maxRunning: z.int().min(1).max(MAX_RUNNING_MAX).optional(),
  maxQueued: z.int().min(1).max(MAX_QUEUED_MAX).optional(),
};
const newAccount = z.strictObject({ name: z.string().regex(ACCOUNT_NAME), ...limits });
const change = z.strictObject({
  ...limits,
  retentionDays: z.int().min(1).max(RETENTION_MAX_DAYS).optional(),
  disabled: z.boolean().optional(),
});

type Deps = { db: Pick<Database, 'accounts' | 'keys'>; secrets: Pick<SecretBox, 'seal'> };

/**
 * `GET /admin/accounts?after=`, by name; `POST /admin/accounts` with `{name, tier?, maxRunning?, maxQueued?}`, whose
 * answer shows the new account's webhook secret and a key with every scope, this once; `GET /admin/accounts/:name`, and
 * `POST` there with `{tier?, maxRunning?, maxQueued?, retentionDays?, disabled?}`. A tier brings its limits along where
 * they are not given.
 */
export function accountRoutes({ db, secrets }: Deps): OpsRoute[] {
  async function find(nameOrId: string): Promise<AccountFacts> {
    const account = await db.accounts.read(nameOrId);
    if (!account) throw new OpsError(404, 'There is no account with this name or id.');
    return account;
  }

  return [
    {
      method: 'GET',
      path: '/admin/accounts',
      async handle({ query }) {
        const rows = await db.accounts.list({ after: query.get('after'), limit: PAGE_MAX + 1 });
        const shown = rows.slice(0, PAGE_MAX);
        const nextAfter = rows.length > PAGE_MAX ? (shown.at(-1)?.name ?? null) : null;
        return { status: 200, body: { accounts: shown.map(toView), nextAfter } };
      },
    },
    {
      method: 'POST',
      path: '/admin/accounts',
      async handle({ body }) {
        const { name, tier = 'free', maxRunning, maxQueued } = read(newAccount, body);
        if (await db.accounts.find(name)) throw new OpsError(409, 'There is an account with this name already.');
        const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
        const { id } = await db.accounts.create({
          name,
          tier,
          maxRunning: maxRunning ?? TIERS[tier].maxRunning,
          maxQueued: maxQueued ?? TIERS[tier].maxQueued,
          webhookSecret: secrets.seal(webhookSecret),
        });
        const { key } = await db.keys.create({ accountId: id, name: 'first', scopes: SCOPES });
        return { status: 201, body: { ...toView(await find(id)), apiKey: key, webhookSecret } };
      },
    },
    {
      method: 'GET',
      path: '/admin/accounts/:name',
      handle: async ({ name }) => ({ status: 200, body: toView(await find(name)) }),
    },
    {
      method: 'POST',
      path: '/admin/accounts/:name',
      async handle({ name, body }) {
        const { tier, maxRunning, maxQueued, retentionDays, disabled } = read(change, body);
        const { id: accountId } = await find(name);
        await db.accounts.change({
          accountId,
          ...(tier !== undefined && { tier }),
          ...(retentionDays !== undefined && { retentionDays }),
          ...(disabled !== undefined && { isDisabled: disabled }),
        });
        const limitsNow = {
          ...(tier && TIERS[tier]),
          ...(maxRunning && { maxRunning }),
          ...(maxQueued && { maxQueued }),
        };
        // A verb of its own: it lets those run that a raise makes room for.
        if (Object.keys(limitsNow).length > 0) await db.accounts.setLimits({ accountId, ...limitsNow });
        return { status: 200, body: toView(await find(accountId)) };
      },
    },
  ];
}

/** @throws {OpsError} 422, with what is wrong */
function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
  throw new OpsError(422, faults.join('; '));
}

function toView({ createdAt, disabledAt, ...account }: AccountFacts) {
  return { ...account, createdAt: createdAt.toISOString(), disabledAt: disabledAt?.toISOString() ?? null };
}
