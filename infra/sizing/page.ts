import { ASSUMED, DEPLOYED, MEASURED } from './measured.ts';
import { type Shape, type Size, sizeOf } from './size.ts';
import { wallsOf } from './walls.ts';

const FLEETS = [10, 100, 1_000] as const;
const SHAPES: readonly Shape[] = [
  { name: 'agents: 8 calls of 5 s', calls: 8, callSeconds: 5 },
  { name: 'short: 2 calls of 1 s', calls: 2, callSeconds: 1 },
];

/** docs/scaling.md, whole. */
export function scalingPage(): string {
  const { processorMs, ofThreeCalls, workerBytes, redisConnections, idleWorker } = MEASURED;
  const { worker, api, poolerClients, postgresShare } = DEPLOYED;
  return `# Scaling

Made by \`npm run sizing\` from what was measured (\`infra/sizing/measured.ts\`); a test holds this page to it. For figures
of your own, measure (\`npm run bench\`, \`npm run test:autoscale\`), put them there, and make the page again.

A pool is scaled by one figure, \`flotilla_pool_desired_workers\`: ⌈(runnable + running) / slots⌉. How a fleet follows its
backlog is shown by \`npm run test:autoscale\`, which runs the real processes under Kubernetes' algorithm.

## What it rests on

| | measured |
|---|---|
| processor time of a mission of ${MEASURED.callsPerMission} calls | api ${processorMs.api} ms, worker ${processorMs.worker} ms, Postgres ${processorMs.postgres} ms, Redis ${processorMs.redis} ms |
| a mission of 3 calls leaves in the database, indexes included | ${kilobytes(ofThreeCalls.databaseBytes)} KB, of which ${kilobytes(ofThreeCalls.eventBytes)} KB are its ${ofThreeCalls.events} events; and ${kilobytes(ofThreeCalls.walBytes)} KB of WAL |
| and asks Redis for | ${ofThreeCalls.redisCommands} commands |
| a worker holds | ${redisConnections.worker} connections to Redis (an api: ${redisConnections.api}), ${megabytes(workerBytes.ready)} MB when ready, ${megabytes(workerBytes.most)} MB with ${worker.slots} missions and without sandboxes |
| a worker without work | ${idleWorker.transactionsPerSecond} transactions/s, ${(idleWorker.cores * 100).toFixed(1)} % of a core |

Deployed as in \`k8s/base\`: ${worker.slots} slots and up to ${worker.connections} connections a worker, ${api.connections} connections an api, ${wholes(poolerClients)} clients a
PgBouncer. Of Postgres' cores missions are given ${postgresShare * 100} %. Tools that compute, large conversations and what clients read come
on top. What was measured with short texts grows with them: a step stores its message, an output up to 8 KB once more.

${SHAPES.map(tableOf).join('\n\n')}

## The next wall, and what moves it

What comes first is the provider: its limits hold long before anything here does. More keys, several providers,
\`fallbackModels\`; missions that wait for it hold no slots.

| wall | comes at | what moves it |
|---|---|---|
${wallsOf(SHAPES).join('\n')}

Redis as such may also be a cluster: BullMQ wants the keys of a queue in one slot, so that a pool is the unit there too.
Measured nowhere here: that the largest Postgres has ${ASSUMED.postgresCores} cores, and uses them as two do.
`;
}

function tableOf(shape: Shape): string {
  const sizes = FLEETS.map((workers) => sizeOf(workers, shape));
  const row = (name: string, of: (size: Size) => string) => `| ${name} | ${sizes.map(of).join(' | ')} |`;
  return [
    `## ${shape.name[0]?.toUpperCase()}${shape.name.slice(1)}`,
    '',
    row('workers, all slots busy', ({ workers }) => wholes(workers)),
    `|---|${sizes.map(() => '---|').join('')}`,
    row('missions in hand', ({ missionsInHand }) => wholes(missionsInHand)),
    row('missions a second', ({ missionsPerSecond }) => rounded(missionsPerSecond)),
    row('cores that workers use', ({ workerCores }) => rounded(workerCores)),
    row('memory that workers use, GB', ({ workerGigabytes }) => rounded(workerGigabytes)),
    row('api pods', ({ apiPods }) => wholes(apiPods)),
    row('cores of Postgres', ({ postgresCores }) => rounded(postgresCores)),
    row('WAL, MB a second', ({ walMegabytesPerSecond }) => rounded(walMegabytesPerSecond)),
    row('database, GB a day', ({ databaseGigabytesPerDay }) => rounded(databaseGigabytesPerDay)),
    row('of these, events: millions, GB a day', ({ eventsPerDay, eventGigabytesPerDay }) =>
      [eventsPerDay / 1e6, eventGigabytesPerDay].map(rounded).join(', '),
    ),
    row('connections to PgBouncer, at most', ({ poolerConnections }) => wholes(poolerConnections)),
    row('PgBouncers', ({ poolers }) => wholes(poolers)),
    row('Redis: commands a second, cores', ({ redisCommandsPerSecond, redisCores }) =>
      [wholes(redisCommandsPerSecond), rounded(redisCores)].join(', '),
    ),
    row('connections to Redis', ({ redisConnections }) => wholes(redisConnections)),
  ].join('\n');
}

const wholes = (value: number) => Math.round(value).toLocaleString('en-US');
const rounded = (value: number) => (value >= 100 ? wholes(value) : String(Number(value.toPrecision(2))));
const kilobytes = (bytes: number) => (bytes / 1_000).toFixed(1);
const megabytes = (bytes: number) => wholes(bytes / 1e6);
