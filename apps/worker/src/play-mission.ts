import type { AgentPool, Budget, Mcp, Provider, ResponseCache, Secrets, Spent, Stop } from '@flotilla/agent';
import { createOutputRules, createStepTries, runMission, withMcpTools } from '@flotilla/agent';
import {
  type Answered,
  type EarlierMission,
  FencedError,
  HISTORY_WINDOW_MESSAGES,
  hasBudget,
  type Ownership,
  type ProviderName,
  RetryableError,
  STEP_BACKOFF_CAP_MS,
  type Step,
  type Summary,
  stagesOf,
} from '@flotilla/core';
import type { ClaimedMission, Database, Finish, Park, Release } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Teller } from '@flotilla/queue';
import { startDeadline } from './deadline.ts';
import type { WorkerFacts } from './facts.ts';
import { createJournal } from './journal.ts';
import { createKeptHistories } from './kept-histories.ts';
import { createLeaveToOthers } from './leave-to-others.ts';
import { createLeaveUnsigned } from './leave-unsigned.ts';
import { loadSteps } from './load-steps.ts';
import { createMissionBudget } from './mission-budget.ts';
import type { OpenSecrets } from './open-secrets.ts';
import type { ResponsesOf } from './responses.ts';
import { toMove } from './to-move.ts';
import { type WhileLive, whileLive } from './while-live.ts';

export type PlayOptions = {
  db: Pick<Database, 'steps' | 'missions' | 'sessions' | 'budgets' | 'workers'>;
  providers: (name: ProviderName) => Provider | undefined;
  agents: AgentPool;
  /** Where the tools of MCP servers come from. Without it there are none. */
  mcp?: Pick<Mcp, 'open'> | undefined;
  /** The replies kept for an account, where the deployment keeps any. */
  responses?: ((of: ResponsesOf) => ResponseCache) | undefined;
  patienceMs: number;
  teller: Teller;
  /** Of what signs the calls of the tools that missions bring along. */
  openSecrets: OpenSecrets;
  /** What tools may be told; absent: nothing. */
  toolSecrets?: Secrets;
  /** What a call costs at most, for missions with a budget. */
  priceOf: Budget['priceOf'];
  facts: Pick<WorkerFacts, 'historyLoaded' | 'stepCommitted' | 'stepCompleted' | 'fenced'>;
};

export type Play = {
  mission: ClaimedMission;
  owner: Ownership;
  stop: Stop;
  live: WhileLive;
  /** Whose lines say which mission, attempt, worker and account they are about. */
  logger: Pick<Logger, 'error'>;
  /** Told of the first step that this run commits. */
  onProgress(): void;
};

/**
 * Plays a claimed mission from where its journal ends, and says what is to become of it; `null`: nothing, it is
 * another's.
 *
 * It never throws. The lease is the worker's, so a mission that a living worker dropped would be nobody's: no sweep
 * takes it, no cancel reaches it, and it would run again, and be paid again, with every restart of the worker. Whatever
 * went wrong is a try that failed, and ends the mission when its tries are spent.
 */
export function createMissionPlayer(options: PlayOptions): (play: Play) => Promise<Finish | Release | Park | null> {
  const { db, agents, openSecrets, patienceMs, facts, teller } = options;
  const histories = createKeptHistories();
  const outputRules = createOutputRules();
  const leaveToOthers = createLeaveToOthers({ db, agents });
  const leaveUnsigned = createLeaveUnsigned({ db, openSecrets });

  async function stepsOf(mission: ClaimedMission, live: WhileLive): Promise<readonly Step[]> {
    if (mission.stepCount === 0) return [];
    const kept = histories.take(mission);
    facts.historyLoaded(kept ? 'memory' : 'postgres');
    return kept ?? whileLive(live, () => loadSteps(db, mission.id));
  }

  /** Also where its last step is over: what was said to earlier calls that were to be approved holds on. */
  async function answersTo({ id }: ClaimedMission, last: Step | undefined, live: WhileLive): Promise<Answered[]> {
    if (!last) return [];
    return whileLive(live, () => db.missions.answersOf(id, last.number));
  }

  /** Nobody adds to it meanwhile: a session runs one mission at a time. */
  async function earlierOf({ id, sessionId }: ClaimedMission, live: WhileLive): Promise<EarlierMission[]> {
    if (sessionId === null) return [];
    const of = { sessionId, missionId: id, messages: HISTORY_WINDOW_MESSAGES };
    return whileLive(live, () => db.sessions.earlier(of));
  }

  async function isSessionUntrusted({ id, sessionId }: ClaimedMission, live: WhileLive): Promise<boolean> {
    return sessionId !== null && whileLive(live, () => db.sessions.hasUntrusted({ sessionId, missionId: id }));
  }

  /** Most agents want none, and cost nothing here. */
  async function summaryOf({ id, spec, stepCount }: ClaimedMission, live: WhileLive): Promise<Summary | null> {
    if (stepCount === 0 || !stagesOf(spec).some(({ summarize }) => summarize)) return null;
    return whileLive(live, () => db.steps.readSummary(id));
  }

  return async function playMission({ mission, owner, stop, live, logger, onProgress }) {
    const { spec } = mission;
    const spent = { tries: mission.tries, failingForMs: mission.failingForMs, patienceMs };
    let commits = 0;
    const endDeadline = startDeadline(mission.deadlineMs, () => stop.request('deadline'));
    try {
      const others = (await leaveToOthers(mission, live)) ?? (await leaveUnsigned(mission, live));
      if (others) return others;
      const steps = await stepsOf(mission, live);
      const journal = createJournal({
        db,
        live,
        facts,
        steps,
        onEvents: () => teller.events(mission.id),
        onStep(added) {
          commits = added;
          if (added === 1) onProgress();
          if (added > 1) facts.historyLoaded('memory');
        },
      });
      await using mcp = await options.mcp?.open(stagesOf(spec), stop.requested);
      const outcome = await runMission({
        ...owner,
        spec,
        steps,
        earlier: await earlierOf(mission, live),
        isSessionUntrusted: await isSessionUntrusted(mission, live),
        summary: await summaryOf(mission, live),
        answers: await answersTo(mission, steps.at(-1), live),
        depth: mission.depth,
        childCount: mission.childCount,
        ...spent,
        ...(hasBudget(spec) && { budget: createMissionBudget({ db, live, spec, priceOf: options.priceOf, facts }) }),
        outputRules,
        agents: mcp ? withMcpTools(agents, mcp) : agents,
        providers: options.providers,
        ...(options.toolSecrets && { secrets: options.toolSecrets }),
        ...(options.responses && {
          responses: options.responses({ accountId: mission.accountId, missionId: mission.id }),
        }),
        journal,
        stop,
        isLeaseLive: live.isLive,
        onText: (text, place) => teller.delta({ ...place, text }),
        onUnexpected: (error, { step }) => logger.error('unexpected failure in a step', { step, error }),
      });
      const move = toMove(outcome);
      if (move && !isEnd(move) && journal.steps) histories.keep(mission.id, owner.attempt, journal.steps);
      return move;
    } catch (error) {
      if (error instanceof FencedError) return null;
      logger.error('a mission could not go on', { error });
      return toFailedTry(commits > 0 ? { tries: 0, failingForMs: null, patienceMs } : spent);
    } finally {
      endDeadline();
    }
  };
}

function isEnd(move: Finish | Release | Park): move is Finish {
  return move.status === 'completed' || move.status === 'failed';
}

/** The error's own words stay in the log: they may name hosts, statements or secrets. */
function toFailedTry(spent: Spent & { patienceMs: number }): Finish | Release {
  const tries = createStepTries(spent);
  const failure = new RetryableError('internal_error', 'Something unexpected went wrong on the worker');
  const next = tries.fail(failure);
  if (next.kind === 'give_up') {
    return { status: 'failed', code: failure.code, message: `${failure.message} (${next.summary})` };
  }
  const spentNow = { tries: tries.made, failingForMs: tries.failingForMs() };
  const afterMs = Math.ceil(Math.random() * BACKOFF_MS);
  return { status: 'queued', code: 'retry_backoff', message: failure.message, afterMs, ...spentNow };
}

/** Whatever it was, it is not over in a moment, or the writes would have been repeated in place. */
const BACKOFF_MS = STEP_BACKOFF_CAP_MS / 6;
