import { type Basis, costsOf, POSTGRES_SHARE, type Shape, type Size, sizeOf } from './size.ts';
import { ASSUMED, wallsOf } from './walls.ts';

const FLEETS = [10, 100, 1_000] as const;
const SHAPES: readonly Shape[] = [
  { name: 'agents: 8 calls of 5 s', calls: 8, callSeconds: 5 },
  { name: 'short: 2 calls of 1 s', calls: 2, callSeconds: 1 },
];

/** docs/scaling.md, whole. */
export function scalingPage(basis: Basis): string {
  const { processor, costs, worker: memory, redisConnections, idle } = basis.measured;
  const { worker, api, poolerClients } = basis.deployed;
  const each = costsOf(basis.measured, 0);
  const perCall = (of: 'events' | 'eventBytes' | 'databaseBytes' | 'walBytes' | 'redisCommands') =>
    costsOf(basis.measured, 1)[of] - each[of];
  return `# Scaling

Made by \`npm run sizing\` from what was measured (\`infra/sizing/measured.json\`) and from the manifests; a test holds this
page to both. For figures of your own, measure (\`npm run bench\`, \`npm run test:autoscale\`) and make the page again: it
takes what they leave in \`.results\`.

A pool is scaled by one figure, \`flotilla_pool_desired_workers\`: ⌈(runnable + running) / slots⌉. How a fleet follows its
backlog is shown by \`npm run test:autoscale\`, which runs the real processes under Kubernetes' algorithm.

![Runnable and running missions, workers and the oldest one's age through a burst](autoscaling.svg)

By the rules of production, five times as fast: a thousand missions of an account that may run one, which buy no worker,
then a burst of 5,000, and back to the least. The next run's picture is \`.results/autoscale.svg\`.

## What it rests on

| | measured | on |
|---|---|---|
| processor time of a mission of ${processor.calls} calls | api ${processor.apiMs} ms, Redis ${processor.redisMs} ms, worker ${processor.workerMs} ms, Postgres ${processor.postgresMs} ms | ${processor.at} |
| a mission leaves in the database, indexes included | ${kilobytes(each.databaseBytes)} KB, and ${kilobytes(perCall('databaseBytes'))} KB with each call | ${costs.at} |
| of which are events | ${rounded(each.events)} of ${kilobytes(each.eventBytes)} KB, and ${rounded(perCall('events'))} of ${kilobytes(perCall('eventBytes'))} KB with each call | ${costs.at} |
| and of WAL | ${kilobytes(each.walBytes)} KB, and ${kilobytes(perCall('walBytes'))} KB with each call | ${costs.at} |
| it asks Redis for | ${rounded(each.redisCommands)} commands, and ${rounded(perCall('redisCommands'))} with each call | ${costs.at} |
| a worker holds | ${redisConnections.worker} connections to Redis (an api: ${redisConnections.api}) | ${redisConnections.at} |
| and of memory, without sandboxes | ${megabytes(memory.readyBytes)} MB when ready, ${megabytes(memory.mostBytes)} MB with ${worker.slots} missions | ${memory.at} |
| a worker without work | ${idle.transactionsPerSecond} transactions/s, ${idle.percentOfACore} % of a core | ${idle.at} |

What goes by the calls was measured of missions of ${costs.short.calls} and of ${costs.long.calls} (\`npm run bench -- --only costs\`). Of processor time
one length was measured: the api's is taken to be the same for each mission, Redis' to go by commands, and a worker's and
Postgres' by calls, which is too little for missions of one or two.

Deployed as the overlays that scale say (\`k8s/scaled\`): ${worker.slots} slots and up to ${worker.connections} connections a worker, ${api.connections} connections an api,
${wholes(poolerClients)} clients a PgBouncer; a pod is added to the api where each of the others uses ${api.cores} cores,
its autoscaler's share of what they request. Connections are those at the height of a roll-out. Of Postgres' cores missions are given ${POSTGRES_SHARE * 100} %. Tools that
compute, large conversations and what clients read come on top. What was measured with short texts grows with them: a step
stores its message, an output up to 8 KB once more.

${SHAPES.map((shape) => tableOf(basis, shape)).join('\n\n')}

## The next wall, and what moves it

What comes first is the provider: its limits hold long before anything here does. More keys, several providers,
\`fallbackModels\`; missions that wait for it hold no slots.

| wall | comes at | what moves it |
|---|---|---|
${wallsOf(basis, SHAPES).join('\n')}

Redis as such may also be a cluster: BullMQ wants the keys of a queue in one slot, so that a pool is the unit there too.
Measured nowhere here: that the largest Postgres has ${ASSUMED.postgresCores} cores, and uses them as two do.
`;
}

function tableOf(basis: Basis, shape: Shape): string {
  const sizes = FLEETS.map((workers) => sizeOf(basis, workers, shape));
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
