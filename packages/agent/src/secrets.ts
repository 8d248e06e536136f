/** What a deployment lets its tools know and nobody else: neither models, nor clients, nor logs. */
export type Secrets = {
  /** `undefined`: there is none of this name. */
  get(name: string): string | undefined;
  /** The text with the name of each secret in place of its value, however that is written in it. */
  hide(text: string): string;
};

/** Shorter ones are no secrets, and would be found in every other word. */
const SECRET_MIN_CHARS = 8;

/**
 * @param hidden what no tool may ask for and is only hidden; too short, it is left as it is
 * @throws Error naming a secret of fewer than {@link SECRET_MIN_CHARS} characters
 */
export function createSecrets(
  values: ReadonlyMap<string, string>,
  hidden: ReadonlyMap<string, string> = new Map(),
): Secrets {
  const forms = [...values].flatMap(([name, value]) => {
    if (value.length < SECRET_MIN_CHARS) {
      throw new Error(`the secret ${name} has fewer than ${SECRET_MIN_CHARS} characters`);
    }
    return formsOf(value).map((form) => ({ form, name }));
  });
  for (const [name, value] of hidden) {
    if (value.length >= SECRET_MIN_CHARS) forms.push(...formsOf(value).map((form) => ({ form, name })));
  }
  // One may be the beginning of another, whose rest would stay behind.
  forms.sort((a, b) => b.form.length - a.form.length);
  return {
    get: (name) => values.get(name),
    hide: (text) => forms.reduce((clean, { form, name }) => clean.replaceAll(form, () => `[secret ${name}]`), text),
  };
}

/** As it is, within JSON, within an address, and as servers give it back that show what they were sent. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')];
  return [
    ...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed()), ...encoded]),
  ];
}
