import { ConfigError } from './config-error.ts';

/** Reads an app's configuration; one that cannot be used ends the process with what is wrong, and no stack. */
export function readConfigOrExit<Config>(read: (env: NodeJS.ProcessEnv) => Config): Config {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
