import type { Row } from './row.ts';
import { accept } from './rows/accept.ts';
import { agents } from './rows/agents.ts';
import { cancel } from './rows/cancel.ts';
import { claim } from './rows/claim.ts';
import { costs } from './rows/costs.ts';
import { delayed } from './rows/delayed.ts';
import { events } from './rows/events.ts';
import { firstStep } from './rows/first-step.ts';
import { idle } from './rows/idle.ts';
import { inFlight } from './rows/in-flight.ts';
import { kill } from './rows/kill.ts';
import { longPoll } from './rows/long-poll.ts';
import { memory } from './rows/memory.ts';
import { missions } from './rows/missions.ts';
import { reads } from './rows/reads.ts';
import { step } from './rows/step.ts';
import { stream } from './rows/stream.ts';
import { streams } from './rows/streams.ts';

export const ROWS: readonly Row[] = [
  accept,
  missions,
  step,
  events,
  stream,
  streams,
  longPoll,
  inFlight,
  memory,
  firstStep,
  delayed,
  cancel,
  kill,
  idle,
  claim,
  reads,
  agents,
  costs,
];
