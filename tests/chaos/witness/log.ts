/** What the witnesses write down, one JSON line each. Times are milliseconds since 1970 by the machine's clock. */

/** `refused`: the witness was told to answer with an error. `cut`: the caller was gone before the reply was. */
export type CallEnd = 'completed' | 'cut' | 'refused' | 'stalled';

/**
 * A model call begins, and ends. `worker` is the process that made it; `step` is read from the conversation; `port` is
 * the other end of the connection it came over.
 */
export type ModelLine =
  | { kind: 'model'; call: number; at: number; ref: string; step: number; worker: string; port: number }
  | { kind: 'model_end'; call: number; at: number; end: CallEnd };

/** A tool did what it is there for. `index` is the call's place in its step. */
export type ToolLine = {
  kind: 'tool';
  at: number;
  ref: string;
  missionId: string;
  step: number;
  index: number;
  key: string;
  idempotent: boolean;
  worker: string;
  /** Why it could not do its work, and had no effect. */
  trouble?: string;
};

/** A link in front of the model server broke a connection, known to the server by its port. */
export type HurtLine = { kind: 'hurt'; at: number; port: number };

/** A webhook came. `verified` by the published library; `accepted` is false where the receiver was told to fail. */
export type WebhookLine = {
  kind: 'webhook';
  at: number;
  id: string;
  type: string;
  missionId: string;
  ref: string;
  verified: boolean;
  accepted: boolean;
};

/** What part of the model calls fails, and how. */
export type ModelFaults = { share: number; how: 'rate_limit' | 'error' | 'stall'; retryAfterSeconds?: number };

/**
 * How the first attempt of each webhook fares, in turn; later attempts are taken. `isDown`: nobody listens, whatever
 * comes.
 */
export type ReceiverFaults = { first: ('error' | 'slow' | 'close')[]; isDown: boolean };

/** How a witness is to misbehave; each heeds its own. */
export type Faults = {
  model?: ModelFaults | null;
  receiver?: ReceiverFaults;
  /** The next tool call is told to block its worker's event loop for so long. */
  sink?: { blockMs: number };
};

export type WitnessLine = ModelLine | ToolLine | WebhookLine | HurtLine;
