import { resolve } from 'node:path';
import { AlreadyRunningError } from '@flotilla/embedded';
import { ConfigError } from '@flotilla/platform';
import { readConfig } from './config.ts';
import { readOptions, USAGE } from './options.ts';
import { runLocal } from './run-local.ts';

/**
 * `npm start`: the whole system on this machine, and one mission through it. Exit codes: 0 as asked, 1 the mission did
 * not complete or a part failed, 2 the command line or the environment is wrong.
 */
async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  let config: ReturnType<typeof readConfig>;
  try {
    options = readOptions(process.argv.slice(2));
    config = readConfig(process.env);
  } catch (error) {
    console.error(
      error instanceof ConfigError || !(error instanceof Error) ? String(error) : `${error.message}\n\n${USAGE}`,
    );
    return 2;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  try {
    return await runLocal({
      ...options,
      dataDir: resolve(options.dataDir),
      config,
      print: (line) => console.log(line),
    });
  } catch (error) {
    if (error instanceof AlreadyRunningError) {
      console.error(`Flotilla is already running on ${resolve(options.dataDir)}.`);
      console.error(
        'Stop it with Ctrl-C where it runs, or start this one with another folder: npm start -- --data FOLDER',
      );
      console.error(`(${error.message})`);
    } else {
      console.error(error instanceof Error ? `Flotilla stopped: ${error.message}` : error);
    }
    return 1;
  }
}

process.exitCode = await main();
