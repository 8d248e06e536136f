/** One variable that is wrong. `name` is empty where the fault lies in how several fit together. */
export type ConfigFault = { readonly name: string; readonly problem: string };

/** The environment cannot be used. The message lists every fault at once, and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ name, problem }) => `  ${name}${name === '' ? '' : ' '}${problem}`);
    super(`the configuration cannot be used:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}
