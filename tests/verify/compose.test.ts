import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FILE = 'infra/docker-compose.yml';
const CHECK = 'infra/checks/compose/check-compose.ts';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const COMPOSE = read(FILE);

type Mistake = { what: string; from: string; to: string; says: string; beside?: string };

const MISTAKES: Mistake[] = [
  { what: 'a word that is misspelt', from: 'stop_grace_period: 20s', to: 'stop_grace: 20s', says: 'services.api' },
  { what: 'the tag latest', from: 'prom/prometheus:v3.5.0', to: 'prom/prometheus:latest', says: 'must have a version' },
  { what: 'an image without a tag', from: 'redis:8.2.2-bookworm', to: 'redis', says: 'redis: image redis must have' },
  {
    what: 'files that may be written',
    from: 'read_only: true',
    to: 'read_only: false',
    says: 'api: read_only must be',
  },
  { what: 'powers that are kept', from: 'cap_drop: [ALL]', to: 'cap_drop: []', says: 'worker: cap_drop must hold ALL' },
  {
    what: 'a way to more powers',
    from: '"no-new-privileges:true"',
    to: '"label=x"',
    says: 'nginx: security_opt must hold',
  },
  {
    what: 'a port for everybody',
    from: '"127.0.0.1:9090:9090"',
    to: '"9090:9090"',
    says: 'is open to whoever reaches',
  },
  {
    what: 'a health check that a shell reads',
    from: '["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"]',
    to: '["CMD-SHELL", "wget"]',
    says: 'services.grafana.healthcheck',
  },
  {
    what: 'waiting for the health of what has none',
    from: 'prometheus: { condition: service_healthy }',
    to: 'jaeger: { condition: service_healthy }',
    says: 'grafana: waits for the health of jaeger',
  },
  {
    what: 'waiting for the end of a server',
    from: 'redis: { condition: service_healthy }',
    to: 'redis: { condition: service_completed_successfully }',
    says: 'waits for the end of redis',
  },
  {
    what: 'a start before the migrations',
    from: 'migrate: { condition: service_completed_successfully }',
    to: 'postgres: { condition: service_healthy }',
    says: 'api: must wait for migrate',
  },
  {
    what: 'waiting for nobody',
    from: 'api: { condition: service_healthy }',
    to: 'apis: { condition: service_healthy }',
    says: 'nginx: depends on apis',
  },
  {
    what: 'a start that waits for nothing at all',
    from: 'condition: service_completed_successfully',
    to: 'condition: service_started',
    says: 'condition',
  },
  {
    what: 'a configuration that is not there',
    from: './nginx/nginx.conf:',
    to: './nginx/proxy.conf:',
    says: 'nginx: there is no ./nginx/proxy.conf',
  },
  {
    what: 'a configuration that may be written',
    from: 'pgbouncer.ini:ro',
    to: 'pgbouncer.ini',
    says: 'must be mounted to be read only',
  },
  {
    what: 'a volume that nobody declares',
    from: '"redis:/data"',
    to: '"queue:/data"',
    says: 'redis: there is no volume queue',
  },
  {
    what: 'a secret that nobody declares',
    from: 'secrets: [grafana_password]',
    to: 'secrets: [grafana]',
    says: 'grafana: there is no secret grafana',
  },
  {
    what: 'a secret that is not given',
    from: 'secrets: [postgres_password]',
    to: 'secrets: []',
    says: 'names the secret postgres_password',
  },
  {
    what: 'a database that is reached from outside',
    from: 'networks: [stores]\n    environment:\n      POSTGRES_USER',
    to: 'networks: [stores, outside]\n    environment:\n      POSTGRES_USER',
    says: 'postgres: must not be on outside',
  },
  {
    what: 'a variable that no app reads',
    from: 'WORKER_SLOTS: "20"',
    to: 'SLOTS: "20"',
    says: 'worker: SLOTS is read by nothing',
  },
  {
    what: 'a value that the app refuses',
    from: 'WORKER_SLOTS: "20"',
    to: 'WORKER_SLOTS: "many"',
    says: 'would not start: WORKER_SLOTS',
  },
  {
    what: 'an API that takes nginx for every client',
    from: '      TRUST_PROXY: "1"\n',
    to: '',
    says: 'api: TRUST_PROXY must be 1',
  },
  {
    what: 'an API that believes what clients say of themselves',
    from: 'TRUST_PROXY: "1"',
    to: 'TRUST_PROXY: "2"',
    says: 'api: TRUST_PROXY must be 1',
  },
  {
    what: 'traces that go nowhere',
    from: '  OTEL_EXPORTER_OTLP_ENDPOINT: http://jaeger:4318\n',
    to: '',
    says: 'worker: OTEL_EXPORTER_OTLP_ENDPOINT must say where',
  },
  {
    what: 'a collector that is not there',
    from: 'http://jaeger:4318',
    to: 'http://collector:4318',
    says: 'api: OTEL_EXPORTER_OTLP_ENDPOINT leads to collector',
  },
  {
    what: 'a password in the open',
    from: 'REDIS_URL_FILE: /run/secrets/redis_url',
    to: 'REDIS_URL: redis://:hunter2@redis',
    says: 'api: REDIS_URL must come from a file',
  },
  {
    what: 'a grace shorter than the drain',
    from: 'stop_grace_period: 35s',
    to: 'stop_grace_period: 20s',
    says: 'worker: stop_grace_period must be 30 s',
  },
  {
    what: 'a program that is not there',
    from: 'command: [node, apps/worker/src/main.ts]',
    to: 'command: [node, apps/workers/src/main.ts]',
    says: 'worker: must run one of',
  },
  {
    what: 'more clients than PgBouncer takes',
    from: 'DATABASE_POOL_SIZE: "20"',
    to: 'DATABASE_POOL_SIZE: "400"',
    says: 'clients are more than PgBouncer takes',
  },
  {
    what: 'more servers than Postgres has room for',
    from: 'max_connections=200',
    to: 'max_connections=50',
    says: 'Postgres has 50',
  },
  {
    what: 'a secret that nothing makes',
    from: 'file: secrets/admin_key',
    to: 'file: secrets/key',
    says: 'the secret key is made by nothing',
  },
  {
    what: 'a pooler that lends whole sessions',
    beside: 'infra/pgbouncer/pgbouncer.ini',
    from: '= transaction',
    to: '= session',
    says: 'pool_mode must be',
  },
  {
    what: 'a pooler that hangs up on those who still wait',
    beside: 'infra/pgbouncer/pgbouncer.ini',
    from: 'query_wait_timeout = 10',
    to: 'query_wait_timeout = 3',
    says: 'query_wait_timeout must be more than 6 s',
  },
  {
    what: 'a queue that may forget',
    beside: 'infra/redis/redis.conf',
    from: 'noeviction',
    to: 'allkeys-lru',
    says: 'maxmemory-policy must',
  },
  {
    what: 'a queue that is ended when its memory is full, and refuses nothing before',
    beside: 'infra/redis/redis.conf',
    from: 'maxmemory 320mb',
    to: '# maxmemory 320mb',
    says: 'maxmemory must be 384mb or less',
  },
  {
    what: 'a queue that may take more than its container has',
    beside: 'infra/redis/redis.conf',
    from: 'maxmemory 320mb',
    to: 'maxmemory 1gb',
    says: 'maxmemory must be 384mb or less',
  },
  {
    what: 'a worker whose scripts together take more than it has',
    from: 'mem_limit: 3g',
    to: 'mem_limit: 2g',
    says: 'worker: mem_limit must be 3180 MB or more',
  },
  {
    what: 'a queue that a restart empties',
    beside: 'infra/redis/redis.conf',
    from: 'appendonly yes',
    to: 'appendonly no',
    says: 'appendonly must',
  },
];

function change(text: string, { from, to }: Mistake): string {
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  return text.replace(from, () => to);
}

function check(paths: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, ...paths], { cwd: ROOT, encoding: 'utf8' });
  return { code: status, printed: stdout, said: stderr.split('\n') };
}

/** Each change in a file of its own, all judged in one go. */
function checkMistakes(): Map<string, string[]> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-compose-'));
  const paths = MISTAKES.map((mistake, index) => {
    const path = join(folder.path, `${index}.yml`);
    const { beside } = mistake;
    writeFileSync(path, beside === undefined ? change(COMPOSE, mistake) : COMPOSE);
    if (beside !== undefined) {
      writeFileSync(path.replace('.yml', /\.\w+$/.exec(beside)?.[0] ?? ''), change(read(beside), mistake));
    }
    return path;
  });
  const { said } = check(paths);
  return new Map(MISTAKES.map(({ what }, index) => [what, said.filter((line) => line.startsWith(`${paths[index]}:`))]));
}

const byMistake = checkMistakes();

it('the compose file has no problems', () => {
  expect(check([FILE])).toEqual({ code: 0, printed: `${FILE}: 0 problems\n`, said: [''] });
});

it.each(MISTAKES)('a compose file is refused for $what', ({ what, says }) => {
  expect(byMistake.get(what)).toContainEqual(expect.stringContaining(says));
});
