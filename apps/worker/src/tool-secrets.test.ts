import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readToolSecrets } from './tool-secrets.ts';

it('come from the variables that are named, and from a folder as Kubernetes mounts it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-secrets-'));
  try {
    await mkdir(join(dir, '..data'));
    await writeFile(join(dir, 'CRM_TOKEN'), 'from the folder\n');
    await writeFile(join(dir, 'PEM'), 'two\nlines\n');
    const env = { CRM_TOKEN: 'from the environment', MAIL_KEY: 'mail', OTHER: 'not named' };
    expect([...readToolSecrets({ names: ['CRM_TOKEN', 'MAIL_KEY'], dir }, env)]).toEqual([
      ['CRM_TOKEN', 'from the folder'],
      ['MAIL_KEY', 'mail'],
      ['PEM', 'two\nlines'],
    ]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('stop the worker where they are missing, and the message holds none', () => {
  expect(() => readToolSecrets({ names: ['A', 'B'], dir: undefined }, { A: 'hidden-value' })).toThrow(
    /^(?!.*hidden-value).*B.*is missing/s,
  );
  expect(() => readToolSecrets({ names: [], dir: '/nowhere/at/all' }, {})).toThrow(/TOOL_SECRETS_DIR.*ENOENT/s);
});
