import { drawAsked } from '../history/asked.ts';
import { gets, type Kind, lists, type Question } from '../history/questions.ts';
import { storeHistory } from '../history/store-history.ts';
import { sayIfLate, watchLoop } from '../loop-watch.ts';
import { runOpenLoop } from '../open-loop.ts';
import { createPoster, type Poster } from '../poster.ts';
import type { Bench, Line, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';

/** A page of 100 missions takes some 10 ms of the API's core where it is slow: what is measured are reads, and no queue of them. */
const RATE = 50;
const CONNECTIONS = 32;
const LINE_P95_MS = 50;
/** The first accounts have more of everything, and are asked more often. */
const ASKED_OF = [0.6, 0.9, 1] as const;

/** A question, and the client of the account that asks it. */
type Asking = Question & { http: Poster };

const nameOf = ({ kind, name }: Question) => `${kind} of ${name}`;

/** Every get and every list, mixed, of accounts large and small, with a month of missions stored. */
export const reads: Row = {
  name: 'reads',
  async run(bench) {
    const missions = bench.isQuick ? 50_000 : 1_000_000;
    const seconds = bench.isQuick ? 8 : 60;
    await using resources = new AsyncDisposableStack();
    const askings = await prepare(bench, missions, resources);
    // Once each, so that what is measured is no first time; and so that a wrong question is no fast answer.
    for (const asking of askings.flat(2)) await askForSure(asking);

    const loop = watchLoop();
    const asked: Asking[] = [];
    let refused = 0;
    const { latenciesMs } = await runOpenLoop({
      rate: RATE,
      seconds,
      call: async (index) => {
        const asking = draw(askings);
        asked[index] = asking;
        const { status } = await asking.http.get(asking.path);
        if (status !== 200) refused += 1;
      },
    });
    sayIfLate(bench.log, { what: 'reads', delayMs: loop.delayMs(99), lineMs: LINE_P95_MS });
    const of = (isMeant: (asking: Asking) => boolean) =>
      latenciesMs.filter((_, index) => {
        const asking = asked[index];
        return asking !== undefined && isMeant(asking);
      });
    const stored = `with ${missions.toLocaleString('en')} missions`;
    const kinds: readonly Kind[] = ['get', 'list'];
    const names = [...new Set(asked.map(nameOf))].toSorted();
    return [
      { ...toResult(`reads refused ${stored}`, { value: refused, line: { max: 0 } }), unit: '' },
      ...kinds.flatMap((kind) =>
        [50, 95, 99].map((percent) =>
          toResult(`every ${kind} ${stored}, p${percent}`, {
            value: percentile(
              of((asking) => asking.kind === kind),
              percent,
            ),
            ...(percent === 95 && { line: { max: LINE_P95_MS } }),
          }),
        ),
      ),
      ...names.map((name) =>
        toResult(`${name} ${stored}, p95`, {
          value: percentile(
            of((asking) => nameOf(asking) === name),
            95,
          ),
          line: { max: LINE_P95_MS },
        }),
      ),
    ];
  },
};

/** What each account may be asked, the largest first; together what has one name. */
async function prepare(bench: Bench, missions: number, resources: AsyncDisposableStack): Promise<Asking[][][]> {
  const stack = resources.use(await startStack(bench, 'flotilla', bench.backends[0] ?? 'redis'));
  const startedAt = performance.now();
  const accounts = await storeHistory(stack.databaseUrl, { owner: stack, missions });
  bench.log(`reads: stored in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return Promise.all(
    accounts.map(async (account) => {
      const http = createPoster({ url: stack.apiUrl, apiKey: account.apiKey, connections: CONNECTIONS });
      resources.defer(() => http.close());
      const asked = await drawAsked(stack.databaseUrl, account);
      const questions = [...gets(asked), ...(await lists(asked, http))].map((question) => ({ ...question, http }));
      return [...Map.groupBy(questions, nameOf).values()];
    }),
  );
}

/** Every name as often as every other, however many paths it has. */
function draw(askings: readonly Asking[][][]): Asking {
  const drawn = Math.random();
  return oneOf(oneOf(askings[ASKED_OF.findIndex((upTo) => drawn < upTo)] ?? []));
}

function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to draw from');
  return item;
}

async function askForSure({ http, path }: Asking): Promise<void> {
  const { status, body } = await http.get(path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body.slice(0, 500)}`);
}

function toResult(name: string, { value, line }: { value: number; line?: Line }): Result {
  return { name, backend: 'none', value, unit: 'ms', baseline: null, better: 'lower', ...(line && { line }) };
}
