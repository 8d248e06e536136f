import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm start [-- [--once] [--data FOLDER] ["your goal"]]

  (no goal)        run the demonstration mission, then serve until Ctrl-C
  --once           run one mission, then stop; exit 0 if it completed
  --data FOLDER    where the data lives (default: .flotilla)

Environment: DATABASE_URL, REDIS_URL, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL,
DEFAULT_MODEL, PORT, WORKER_SLOTS, WEBHOOK_LOOPBACK_PORTS. README.md says more about each.`;

export type Options = { goal: string; once: boolean; dataDir: string };

const DEMONSTRATION_GOAL =
  'What is 17.5% of 2,840, what day of the week is it 90 days from today, and what are the first ten prime numbers?';

/** What the command line asks for, or the usage where it asks for that. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      data: { type: 'string', default: '.flotilla' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const goal = positionals.length === 0 ? DEMONSTRATION_GOAL : positionals.join(' ').trim();
  if (goal === '') throw new Error('the goal is empty');
  return { goal, once: values.once, dataDir: values.data };
}
