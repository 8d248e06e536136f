import { expect, test } from 'vitest';
import { runMission } from './run.ts';
import { createSecrets } from './secrets.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';

const VALUE = 'pa$$ "word" / 4711';
const secrets = createSecrets(
  new Map([
    ['CRM_TOKEN', VALUE],
    ['CRM_TOKEN_OLD', `${VALUE} and more`],
  ]),
);

/** What a tool that is given these secrets comes back with. */
async function resultOf(run: (secret: (name: string) => string) => string, names: string[] = ['CRM_TOKEN']) {
  const tool = createTool('crm', async (_, { secret }) => run(secret), { secrets: names });
  const { input, journal, provider } = createScene([calls(toolCall('crm')), says('done')], [tool], { secrets });
  await runMission(input);
  expect(JSON.stringify([journal.steps, provider.requests])).not.toContain('4711');
  return journal.steps[0]?.toolCalls[0]?.result;
}

test('a tool is told the secrets that it has named, and no other', async () => {
  let told = '';
  expect(await resultOf((secret) => ((told = secret('CRM_TOKEN')), 'done'))).toMatchObject({ content: 'done' });
  expect(told).toBe(VALUE);
  const [unnamed, unknown] = ['CRM_TOKEN_OLD', 'NOWHERE'];
  expect(await resultOf((secret) => secret(unnamed))).toMatchObject({
    isError: true,
    content: 'crm does not name the secret CRM_TOKEN_OLD among its own.',
  });
  expect(await resultOf((secret) => secret(unknown), [unknown])).toMatchObject({
    isError: true,
    content: 'The secret NOWHERE is not configured on this worker.',
  });
});

test.each([
  ['as it is', (value: string) => value, 'CRM_TOKEN'],
  ['that is part of another', (value: string) => `${value} and more`, 'CRM_TOKEN_OLD'],
  ['within JSON', (value: string) => JSON.stringify({ value }), 'CRM_TOKEN'],
  ['within an address', (value: string) => `https://x.example/?q=${encodeURIComponent(value)}`, 'CRM_TOKEN'],
  ['in base64', (value: string) => Buffer.from(value).toString('base64'), 'CRM_TOKEN'],
  ['in hex', (value: string) => Buffer.from(value).toString('hex'), 'CRM_TOKEN'],
])('a secret %s reaches neither the journal nor the model, in a result or an error', async (_, write, name) => {
  expect(await resultOf((secret) => `you sent ${write(secret('CRM_TOKEN'))}`)).toMatchObject({
    content: expect.stringContaining(`[secret ${name}]`),
  });
  const failed = await resultOf((secret) => {
    throw new Error(`cannot log in with ${write(secret('CRM_TOKEN'))}`);
  });
  expect(failed).toMatchObject({ isError: true, content: expect.stringContaining(`[secret ${name}]`) });
});

test('what only servers are told is hidden, and no tool is told it', () => {
  const told = createSecrets(
    new Map(),
    new Map([
      ['DOCS_TOKEN', VALUE],
      ['REGION', 'eu'],
    ]),
  );
  expect(told.hide(`Bearer ${VALUE} in eu`)).toBe('Bearer [secret DOCS_TOKEN] in eu');
  expect(told.get('DOCS_TOKEN')).toBeUndefined();
});

test('what is too short to be a secret is refused', () => {
  expect(() => createSecrets(new Map([['PIN', '1234567']]))).toThrow('the secret PIN has fewer than 8 characters');
});
