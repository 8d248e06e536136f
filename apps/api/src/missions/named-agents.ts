import { type Agent, type MissionRequest, type NamedAgent, parseAgentRef } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { ProblemError } from '../problem.ts';

/** The agents that a request names: the mission's, and those of its chain's roles in their places. */
export type NamedAgents = { mission: Agent | null; stages: readonly (Agent | null)[] };

export const NO_AGENTS: NamedAgents = { mission: null, stages: [] };

/** Looks up the agents that a request of this account names. */
export type FindAgents = (accountId: string, request: MissionRequest) => Promise<NamedAgents>;

/**
 * Nothing is remembered: the newest version of an agent is to be the one that was PUT a moment ago, by whatever process.
 * @throws {ProblemError} `unknown_agent`, also for one of another account: nobody learns which names exist
 */
export function createAgentFinder(db: { agents: Pick<Database['agents'], 'read'> }): FindAgents {
  async function find(accountId: string, named: string | undefined, path: string): Promise<Agent | null> {
    if (named === undefined) return null;
    const ref = parseAgentRef(named);
    const agent = ref && (await db.agents.read(accountId, ref));
    if (agent) return agent;
    throw new ProblemError('unknown_agent', 'Name an agent of the account, or one of its versions: name or name@3.', {
      errors: [{ path, message: 'is not an agent of this account' }],
    });
  }

  return async function findAgents(accountId, { agent, chain = [] }) {
    const [mission, stages] = await Promise.all([
      find(accountId, agent, '/agent'),
      Promise.all(chain.map((stage, index) => find(accountId, stage.agent, `/chain/${index}/agent`))),
    ]);
    return { mission, stages };
  };
}

/** What is written down of an agent in a spec. */
export function toNamedAgent({ id, name, version }: Agent): NamedAgent {
  return { id, name, version };
}

/**
 * Runs a check of names that may come from an agent: there they were right when it was PUT, and what is wrong now is
 * that the mission names it.
 */
export function blameAgent<Result>(agent: Agent | null, path: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!agent || !(error instanceof ProblemError)) throw error;
    const who = `${agent.name}@${agent.version}`;
    throw new ProblemError(error.code, `The agent ${who} is not up to date. ${error.message}`, {
      ...error.parts,
      errors: [{ path, message: `names ${who}, whose definition is not valid here any more` }],
    });
  }
}
