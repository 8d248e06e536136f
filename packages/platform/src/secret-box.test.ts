import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox, UnknownKeyError } from './secret-box.ts';

const newKey = () => randomBytes(32).toString('base64');

describe('the secret box', () => {
  it('opens what it sealed, and never seals the same secret the same way twice', () => {
    const box = createSecretBox([newKey()]);
    const [one, two] = [box.seal('whsec_ünïcode'), box.seal('whsec_ünïcode')];
    expect(one).not.toBe(two);
    expect(one).not.toContain('whsec_');
    expect(box.open(one)).toBe('whsec_ünïcode');
  });

  it('opens an older secret after a new key was put in front, and not once the older key is gone', () => {
    const [older, newer] = [newKey(), newKey()];
    const sealed = createSecretBox([older]).seal('secret');
    expect(createSecretBox([newer, older]).open(sealed)).toBe('secret');
    expect(() => createSecretBox([newer]).open(sealed)).toThrow(UnknownKeyError);
  });

  it('opens what a newer key sealed elsewhere, if it stands behind its own by then', () => {
    const [older, newer] = [newKey(), newKey()];
    const sealed = createSecretBox([newer, older]).seal('secret');
    expect(createSecretBox([older, newer]).open(sealed)).toBe('secret');
    expect(() => createSecretBox([older]).open(sealed)).toThrow(UnknownKeyError);
    expect(createSecretBox([newer]).isSealedByFirst(sealed)).toBe(true);
    expect(createSecretBox([older, newer]).isSealedByFirst(sealed)).toBe(false);
  });

  it('refuses a secret that was tampered with', () => {
    const box = createSecretBox([newKey()]);
    const sealed = box.seal('secret');
    const last = sealed.at(-1) === 'A' ? 'B' : 'A';
    expect(() => box.open(sealed.slice(0, -1) + last)).toThrow('authenticate');
  });

  it('says what is wrong with a key that is not 32 bytes', () => {
    expect(() => createSecretBox(['c2hvcnQ='])).toThrow('32 bytes');
    expect(() => createSecretBox([])).toThrow('at least one');
  });
});
