import type { JsonObject, Message, ModelOptions, ModelResponse, ProviderName, SideCall } from '@flotilla/core';

/** A tool as the model is told of it. `inputSchema` is a JSON Schema of type `object`. */
export type ToolDefinition = { name: string; description: string; inputSchema: JsonObject };

/** Where in the system's life a model call stands. For logs, for the simulator, and for witnesses in failure tests. */
export type CallContext = { missionId: string; step: number; attempt: number; try: number };

/** One model call in neutral words. `model` comes without the provider's prefix; `maxOutputTokens` bounds the reply. */
export type ModelRequest = {
  model: string;
  system: string | null;
  messages: Message[];
  /** Messages have been left out from the front since the model last spoke. */
  isCut?: boolean;
  tools: ToolDefinition[];
  maxOutputTokens: number;
  options: ModelOptions;
  /** What the final answer has to be; the instructions say so too, for providers that cannot be held to it. */
  outputSchema?: JsonObject;
  context: CallContext;
};

/** What a call has cost, and whose it was. */
export type CallCost = SideCall['response'];

/** `signal` aborts the call at once. `onText` is given each text fragment as it arrives, before the reply is complete. */
export type CallHooks = {
  signal: AbortSignal;
  onText?: (delta: string) => void;
  /** The model has begun to answer, or to think; once. */
  onFirstToken?: () => void;
  /** Ends the wait for a call that was not made yet. */
  stopWaiting?: AbortSignal;
  /** Called when the call has to wait before it is made; with nothing under way, nothing is to be paid. */
  onWaiting?: () => void;
  /** Called when nothing stands before the call any more. @throws what forbids it */
  beforeCall?: () => void;
  /** Called before a call ends without a reply, with what its provider has said until then that it has cost, if it has. */
  onSpent?: (spent: CallCost) => void;
};

/**
 * An adapter to one provider.
 *
 * `call` makes exactly one request: retries are the loop's, at one layer only. It resolves only with a complete reply,
 * and ends by itself when the provider keeps it waiting: how long is too long is the adapter's to know.
 * @throws {TerminalError} when the same call would fail again
 * @throws {RetryableError} when it may succeed later, with the wait the provider asked for
 * @throws the signal's reason, when aborted
 */
export interface Provider {
  readonly name: ProviderName;
  call(request: ModelRequest, hooks: CallHooks): Promise<ModelResponse>;
}
