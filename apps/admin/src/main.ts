import { DatabaseUnavailableError } from '@flotilla/db';
import { MigrationError } from '@flotilla/db/migrate';
import { ConfigError, createRedactor } from '@flotilla/platform';
import { readCommandLine, UsageError } from './command-line.ts';
import { runCommand } from './run-command.ts';

/** As programs have it: 0 done, 1 not possible now or found wanting, 2 asked for wrongly. */
const FAILED = 1;
const MISUSED = 2;

try {
  const command = readCommandLine(process.argv.slice(2));
  const { fields, text, failed } = await runCommand(command, process.env);
  console.log('json' in command && command.json ? JSON.stringify(fields) : text);
  if (failed) process.exitCode = FAILED;
} catch (error) {
  const { code, message } = explain(error);
  console.error(message);
  process.exitCode = code;
}

function explain(error: unknown): { code: number; message: string } {
  if (error instanceof UsageError) {
    return { code: MISUSED, message: `admin: ${error.message}; see npm run admin -- --help` };
  }
  if (error instanceof ConfigError) return { code: MISUSED, message: `admin: ${error.message}` };
  if (error instanceof DatabaseUnavailableError || error instanceof MigrationError) {
    return { code: FAILED, message: `admin: ${createRedactor().text(error.message)}` };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: FAILED, message: `admin: ${createRedactor().text(stack)}` };
}
