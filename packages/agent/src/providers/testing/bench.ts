import type { ModelResponse } from '@flotilla/core';
import type { ModelRequest, Provider } from '../../provider.ts';
import type { CallTimings } from '../watchdog.ts';
import type { WireFixture } from './fixture.ts';
import type { Answer, Answers, RecordedRequest } from './wire-server.ts';

/** A key that must never be seen again. */
export const KEY = 'sk-test-0123456789abcdef';
export const NEVER = new AbortController().signal;
export const USAGE = { input: 120, output: 9 };

/** What the parts of the contract suite share: an adapter, and a server that answers as told. */
export type ContractBench = {
  fixture: WireFixture;
  provider(timings?: Partial<CallTimings>): Provider;
  call(request?: Partial<ModelRequest>, timings?: Partial<CallTimings>): Promise<ModelResponse>;
  /** Makes a call that has to fail, and gives back how it did. */
  failure(timings?: Partial<CallTimings>): Promise<{ error: unknown; message: string }>;
  /** What the server may do with a stream, in the adapter's wire format. */
  answers: Answers;
  answerWith(answer: Answer): void;
  requests(): RecordedRequest[];
  /** How many requests the test makes; 1 unless it says otherwise. */
  expectRequests(count: number): void;
};
