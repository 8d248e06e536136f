import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createMemoryDocuments } from '@flotilla/agent';
import { parseModelRef } from '@flotilla/core';
import { ConfigError } from '@flotilla/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { createProviders } from './providers.ts';

const REQUIRED = {
  DATABASE_URL: 'postgresql://localhost/none',
  FLOTILLA_ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'),
};
const nothing = () => undefined;
const facts = { modelCalled: nothing, callAdmitted: nothing, breakerTurned: nothing };

const seen: IncomingMessage[] = [];
const server = createServer((request, response) => {
  seen.push(request);
  request.resume();
  response.writeHead(400, { 'content-type': 'application/json' }).end('{}');
});
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** What the server is asked, by the worker's own configuration, for a call to this model. */
async function asked(env: NodeJS.ProcessEnv, name: string) {
  const config = readConfig({ ...REQUIRED, ...env });
  const documents = createMemoryDocuments();
  const traces = { model: () => ({ end: nothing }) };
  const providers = await createProviders({ config, documents, onError: nothing, facts, traces });
  const ref = parseModelRef(name);
  const provider = ref && providers.get(ref.provider);
  if (!ref || !provider) throw new Error(`${name} is not configured`);
  const request = {
    model: ref.model,
    system: null,
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }],
    tools: [],
    maxOutputTokens: 10,
    options: {},
    context: { missionId: 'm', step: 1, attempt: 1, try: 1 },
  };
  await expect(provider.call(request, { signal: new AbortController().signal })).rejects.toThrow('answered 400');
  await providers.close();
  const last = seen.at(-1);
  return { path: decodeURIComponent(last?.url ?? ''), headers: last?.headers ?? {} };
}

describe('by configuration alone, a worker asks', () => {
  it('a server of one’s own (Ollama, vLLM), which wants no key', async () => {
    expect((await asked({ OPENAI_BASE_URL: `${url}/v1` }, 'openai/llama3.2')).path).toBe('/v1/chat/completions');
  });

  it('one that has Responses, where that is said', async () => {
    const env = { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API: 'responses' };
    expect((await asked(env, 'openai/gpt-oss')).path).toBe('/v1/responses');
  });

  it('an Azure deployment', async () => {
    const env = {
      OPENAI_BASE_URL: url,
      OPENAI_API_KEY: 'azure-key',
      OPENAI_AZURE_API_VERSION: '2025-04-01-preview',
    };
    const { path, headers } = await asked(env, 'openai/our-gpt');
    expect(path).toBe('/openai/deployments/our-gpt/chat/completions?api-version=2025-04-01-preview');
    expect(headers['api-key']).toBe('azure-key');
  });

  it('Claude on Bedrock', async () => {
    const env = { BEDROCK_REGION: 'eu-central-1', BEDROCK_BASE_URL: url, BEDROCK_API_KEY: 'bedrock-key' };
    const { path, headers } = await asked(env, 'bedrock/eu.anthropic.claude-sonnet-5-5');
    expect(path).toBe('/model/eu.anthropic.claude-sonnet-5-5/invoke-with-response-stream');
    expect(headers.authorization).toBe('Bearer bedrock-key');
  });

  it('nobody where Azure’s version stands without its resource', () => {
    const env = { OPENAI_API_KEY: 'azure-key', OPENAI_AZURE_API_VERSION: '2025-04-01-preview' };
    expect(() => readConfig({ ...REQUIRED, ...env })).toThrow(ConfigError);
  });
});
