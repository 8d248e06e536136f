import { expect, test } from 'vitest';
import { aimockSuite } from '../testing/aimock-suite.ts';
import { providerContract } from '../testing/contract.ts';
import { asThinking, requestFor, type WireFixture } from '../testing/fixture.ts';
import { openaiFixture } from '../testing/openai-fixture.ts';
import { startWireServer } from '../testing/wire-server.ts';
import { createOpenaiProvider } from './provider.ts';

const azureFixture: WireFixture = {
  ...openaiFixture,
  isVariant: true,
  create: ({ url, apiKey = 'x', timings = {} }) =>
    createOpenaiProvider({ baseUrl: url, azureApiVersion: '2025-04-01-preview', apiKey, timings: asThinking(timings) }),
};

providerContract(azureFixture, 'azure');
aimockSuite(azureFixture, 'azure');

const signal = new AbortController().signal;

test.each(['', '/', '/openai', '/openai/'])(
  'an Azure deployment is asked by its name, with the date of the interface and the key in Azure’s own header: %j',
  async (suffix) => {
    await using server = await startWireServer();
    const azure = { baseUrl: `${server.url}${suffix}`, azureApiVersion: '2025-04-01-preview', apiKey: 'azure-key' };
    await expect(createOpenaiProvider(azure).call(requestFor('my-gpt'), { signal })).rejects.toThrow('answered 500');
    const [request] = server.requests;
    expect(request?.path).toBe('/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01-preview');
    expect(request?.headers).toMatchObject({ 'api-key': 'azure-key' });
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.body).toMatchObject({ max_completion_tokens: 1_000 });
  },
);

test('Azure has Responses, too: for whole resources, the deployment named in the request', async () => {
  await using server = await startWireServer();
  const azure = { baseUrl: server.url, azureApiVersion: '2025-04-01-preview', apiKey: 'azure-key' };
  const provider = createOpenaiProvider({ ...azure, dialect: { api: 'responses' } });
  await expect(provider.call(requestFor('my-gpt'), { signal })).rejects.toThrow('answered 500');
  expect(server.requests[0]?.path).toBe('/openai/responses?api-version=2025-04-01-preview');
  expect(server.requests[0]?.body).toMatchObject({ model: 'my-gpt', store: false });
});
