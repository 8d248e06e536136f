import type { Database } from '@flotilla/db';
import { OpsError, type OpsRoute } from '@flotilla/platform';
import { z } from 'zod';

const agentSwitch = z.strictObject({ account: z.string().min(1), off: z.boolean() });

/**
 * What operators hold back in an incident: `GET /admin/switches` for all of it, and `POST /admin/paused-accounts/:name` with
 * `{paused}`, `/admin/agents/:name` with `{account, off}`, `/admin/tools/:name` with `{off}`, `/admin/workers/:name` with
 * `{draining}`; each is undone by `false`, and doing it twice is doing it once.
 */
export function switchRoutes(switches: Database['switches']): OpsRoute[] {
  return [
    { method: 'GET', path: '/admin/switches', handle: async () => ({ status: 200, body: await switches.list() }) },
    {
      method: 'POST',
      path: '/admin/paused-accounts/:name',
      async handle({ name, body }) {
        const account = await switches.setAccountPaused({ account: name, paused: readSwitch('paused', body) });
        if (!account) throw new OpsError(404, 'There is no account with this name or id.');
        return { status: 200, body: account };
      },
    },
    {
      method: 'POST',
      path: '/admin/agents/:name',
      async handle({ name, body }) {
        const read = agentSwitch.safeParse(body);
        if (!read.success) throw new OpsError(422, 'Send {"account": "…", "off": true}, or false.');
        const agent = await switches.setAgentOff({ agent: name, ...read.data });
        if (!agent) throw new OpsError(404, 'There is no account with this name or id, or it has no such agent.');
        return { status: 200, body: agent };
      },
    },
    {
      method: 'POST',
      path: '/admin/tools/:name',
      async handle({ name, body }) {
        const off = readSwitch('off', body);
        await switches.setToolOff({ tool: name, off });
        return { status: 200, body: { name, off } };
      },
    },
    {
      method: 'POST',
      path: '/admin/workers/:name',
      async handle({ name, body }) {
        const worker = await switches.setWorkerDraining({ workerId: name, draining: readSwitch('draining', body) });
        if (!worker) throw new OpsError(404, 'There is no worker with this id and a live lease; GET /admin/workers.');
        return { status: 200, body: worker };
      },
    },
  ];
}

function readSwitch(field: string, body: unknown): boolean {
  const read = z.strictObject({ [field]: z.boolean() }).safeParse(body);
  const value = read.success ? read.data[field] : undefined;
  if (value === undefined) throw new OpsError(422, `Send {"${field}": true} or {"${field}": false}.`);
  return value;
}
