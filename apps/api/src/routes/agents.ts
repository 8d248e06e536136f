import { AGENT_NAME, type AgentRef, agentDefinitionSchema } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { type DefinitionChecks, readDefinition } from '../agents/check-definition.ts';
import { numberPosition, readCursor } from '../cursor.ts';
import { invalidRequest, noQuery, pageQuery, readQuery, wholeNumber } from '../http/input.ts';
import type { ChoosePool } from '../missions/pools.ts';
import { ProblemError } from '../problem.ts';
import { agentListView, agentView, toAgentListView, toAgentView } from '../views/agent.ts';
import { pageOf, toPage } from '../views/page.ts';
import type { Call, Route } from './route.ts';

const namePosition = z.string().regex(AGENT_NAME);
const oneQuery = z.strictObject({ version: wholeNumber({ min: 1, max: 999_999_999 }).optional() });

type Deps = DefinitionChecks & { db: Pick<Database, 'agents'>; choosePool: ChoosePool };

/**
 * `PUT /v1/agents/:name`: 201 with a new version, or 200 with the one there is, if it has the same definition.
 * `GET /v1/agents`, `/v1/agents/:name?version=`, `/v1/agents/:name/versions`.
 */
export function agentRoutes({ db, choosePool, ...checks }: Deps): Route[] {
  async function read(accountId: string, ref: AgentRef) {
    const agent = await db.agents.read(accountId, ref);
    if (!agent) throw agentNotFound();
    return agent;
  }

  return [
    {
      method: 'PUT',
      path: '/v1/agents/:name',
      scope: 'missions:write',
      summary: 'Makes a new version of an agent, or finds that the newest one is the same.',
      body: 'required',
      input: agentDefinitionSchema,
      replies: { 200: agentView, 201: agentView },
      hasLocation: true,
      problems: ['unknown_model', 'unknown_tool', 'unknown_pool', 'url_not_allowed'],
      async handle({ accountId, params, query, body }) {
        readQuery(noQuery, query);
        const name = newNameOf(params);
        const definition = await readDefinition(body, checks);
        await choosePool(definition.pool);
        const { agent, isNew } = await db.agents.put({ accountId, name, definition });
        const location = `/v1/agents/${name}?version=${agent.version}`;
        return { status: isNew ? 201 : 200, headers: { Location: location }, body: toAgentView(agent) };
      },
    },
    {
      method: 'GET',
      path: '/v1/agents',
      scope: 'missions:read',
      summary: 'The agents of the account, by name, each in its newest version.',
      query: pageQuery,
      replies: { 200: pageOf(agentListView) },
      async handle({ accountId, query }) {
        const { limit, cursor } = readQuery(pageQuery, query);
        const after = cursor === undefined ? null : readCursor('agents', cursor, namePosition);
        const rows = await db.agents.list({ accountId, after, limit: limit + 1 });
        return {
          status: 200,
          body: toPage({ kind: 'agents', rows, limit, view: toAgentListView, positionOf: ({ name }) => name }),
        };
      },
    },
    {
      method: 'GET',
      path: '/v1/agents/:name',
      scope: 'missions:read',
      summary: 'An agent, in its newest version or in the one that is asked for.',
      query: oneQuery,
      replies: { 200: agentView },
      async handle({ accountId, params, query }) {
        const { version = null } = readQuery(oneQuery, query);
        return { status: 200, body: toAgentView(await read(accountId, { name: nameOf(params), version })) };
      },
    },
    {
      method: 'GET',
      path: '/v1/agents/:name/versions',
      scope: 'missions:read',
      summary: 'The versions of an agent, the newest first.',
      query: pageQuery,
      replies: { 200: pageOf(agentListView) },
      async handle({ accountId, params, query }) {
        const { limit, cursor } = readQuery(pageQuery, query);
        const before = cursor === undefined ? null : readCursor('agent_versions', cursor, numberPosition);
        const { name } = await read(accountId, { name: nameOf(params), version: null });
        const rows = await db.agents.versions({ accountId, name, before, limit: limit + 1 });
        const positionOf = (agent: (typeof rows)[number]) => agent.version;
        return {
          status: 200,
          body: toPage({ kind: 'agent_versions', rows, limit, view: toAgentListView, positionOf }),
        };
      },
    },
  ];
}

/** What cannot be a name finds nothing: no query is spent on it. */
function nameOf(params: Call['params']): string {
  const name = params['name'] ?? '';
  if (!AGENT_NAME.test(name)) throw agentNotFound();
  return name;
}

function newNameOf(params: Call['params']): string {
  const name = params['name'] ?? '';
  if (AGENT_NAME.test(name)) return name;
  throw invalidRequest([
    { path: '/name', message: 'of an agent is made of a to z, 0 to 9, - and _, at most 63, the first no - or _' },
  ]);
}

function agentNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no agent with this name, or it has no such version.');
}
