import { afterEach, beforeEach, describe, expect } from 'vitest';
import { type ContractBench, KEY, NEVER } from './bench.ts';
import { faultsContract } from './contract-faults.ts';
import { refusalsContract } from './contract-refusals.ts';
import { repliesContract } from './contract-replies.ts';
import { retriesContract } from './contract-retries.ts';
import { thinkingContract } from './contract-thinking.ts';
import { requestFor, type WireFixture } from './fixture.ts';
import { createAnswers, startWireServer, type WireServer } from './wire-server.ts';

/** What every provider adapter owes the loop, whatever its wire format. */
export function providerContract(fixture: WireFixture, wire: string = fixture.name): void {
  describe(`${wire}: the provider contract`, () => {
    let server: WireServer;
    let expectedRequests: number;

    beforeEach(async () => {
      server = await startWireServer();
      expectedRequests = 1;
    });
    afterEach(async () => {
      await server[Symbol.asyncDispose]();
      expect(server.requests, 'one call is one request').toHaveLength(expectedRequests);
    });

    const provider: ContractBench['provider'] = (timings = {}) =>
      fixture.create({ url: server.url, apiKey: KEY, timings });
    const call: ContractBench['call'] = (request = {}, timings = {}) =>
      provider(timings).call(requestFor(fixture.model, request), { signal: NEVER });
    const bench: ContractBench = {
      fixture,
      provider,
      call,
      answers: createAnswers(fixture),
      answerWith: (answer) => server.answerWith(answer),
      requests: () => server.requests,
      expectRequests(count) {
        expectedRequests = count;
      },
      async failure(timings) {
        const error = await call({}, timings).then(
          () => expect.unreachable('the call should have failed'),
          (reason: unknown) => reason,
        );
        return { error, message: error instanceof Error ? error.message : '' };
      },
    };

    repliesContract(bench);
    refusalsContract(bench);
    faultsContract(bench);
    retriesContract(bench);
    thinkingContract(bench);
  });
}
