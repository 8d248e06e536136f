import { expect, test } from 'vitest';
import { bedrockFixture } from '../testing/bedrock-fixture.ts';
import { providerContract } from '../testing/contract.ts';
import { requestFor } from '../testing/fixture.ts';
import { createAnswers, startWireServer } from '../testing/wire-server.ts';
import { createBedrockProvider } from './provider.ts';

providerContract(bedrockFixture);

const reply = bedrockFixture.render({ text: ['4'], stop: 'end', usage: { input: 1_000_000, output: 0 } });

test('Bedrock is asked at the address of the model, with the key it was given, and priced by its own list', async () => {
  await using server = await startWireServer();
  server.answerWith(createAnswers(bedrockFixture).stream(reply));
  const provider = createBedrockProvider({ region: 'eu-central-1', baseUrl: server.url, apiKey: 'bedrock-api-key' });
  const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
  const { usage } = await provider.call(requestFor(model), { signal: new AbortController().signal });
  const [request] = server.requests;
  expect(decodeURIComponent(request?.path ?? '')).toBe(`/model/${model}/invoke-with-response-stream`);
  expect(request?.headers).toMatchObject({ authorization: 'Bearer bedrock-api-key' });
  expect(request?.body).toMatchObject({ anthropic_version: expect.any(String), max_tokens: 1_000 });
  expect(request?.body).not.toHaveProperty('model');
  // $3.30 a million at regional endpoints, where Anthropic itself takes $3.
  expect(usage.costMicroUsd).toBe(3_300_000);
});

test('without a key requests are signed with what AWS’s own chain finds', async () => {
  await using server = await startWireServer();
  server.answerWith(createAnswers(bedrockFixture).stream(reply));
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
  try {
    const provider = createBedrockProvider({ region: 'eu-central-1', baseUrl: server.url });
    await provider.call(requestFor('anthropic.claude-sonnet-5-5'), { signal: new AbortController().signal });
  } finally {
    process.env = before;
  }
  expect(server.requests[0]?.headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
  );
});
