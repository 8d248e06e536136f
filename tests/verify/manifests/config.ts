import type { Mistake } from './plant.ts';

const API = 'api/deployment.yaml: Deployment/api: spec.template.spec.containers[0]';
const WORKER = 'Deployment/worker: spec.template.spec.containers[0]';
const API_POD = 'Deployment/api: spec.template.spec';
const FROM_SECRET = [
  'valueFrom:',
  '                secretKeyRef:',
  '                  name: flotilla-secrets',
  '                  key: DATABASE_URL',
].join('\n');

export const CONFIG_MISTAKES: Mistake[] = [
  {
    what: 'a key that no app reads',
    file: 'config.yaml',
    from: 'LOG_LEVEL',
    to: 'LOGLEVEL',
    says: `${API}.envFrom[0]: LOGLEVEL is read by nothing in apps/api/src/main.ts`,
  },
  {
    what: 'a key that only another app reads',
    file: 'api/config.yaml',
    from: 'DATABASE_POOL_SIZE',
    to: 'WORKER_SLOTS',
    says: `${API}.envFrom[1]: WORKER_SLOTS is read by nothing`,
  },
  {
    what: 'a value that the app refuses',
    file: 'worker/config.yaml',
    from: '"50"',
    to: '"many"',
    says: 'apps/worker/src/main.ts would not start: WORKER_SLOTS must be a whole number',
  },
  {
    what: 'values that do not fit together',
    file: 'api/config.yaml',
    from: 'anthropic/claude',
    to: 'sim/claude',
    says: 'would not start: DEFAULT_MODEL must be one of MODELS',
  },
  {
    what: 'a secret the app cannot do without as optional',
    file: 'worker/deployment.yaml',
    from: 'key: DATABASE_URL',
    to: 'key: DATABASE_URL\n                  optional: true',
    says: 'would not start: DATABASE_URL is missing',
  },
  {
    what: 'a secret under a name nobody wrote down',
    file: 'api/deployment.yaml',
    from: 'key: REDIS_URL',
    to: 'key: CACHE_URL',
    says: `${API}.env[6]: k8s/README.md does not say that the Secret holds CACHE_URL`,
  },
  {
    what: 'a secret in a ConfigMap',
    file: 'worker/config.yaml',
    from: 'DELIVERY_SLOTS: "20"',
    to: 'OPENAI_API_KEY: sk',
    says: 'OPENAI_API_KEY must come from a Secret',
  },
  {
    what: 'a secret in the open',
    file: 'api/deployment.yaml',
    from: FROM_SECRET,
    to: 'value: postgresql://flotilla:hunter2@postgres/flotilla',
    says: `${API}.env[4]: DATABASE_URL must come from a Secret`,
  },
  {
    what: 'a Secret as a whole',
    file: 'worker/deployment.yaml',
    from: 'configMapRef:\n                name: worker-config',
    to: 'secretRef:\n                name: flotilla-secrets',
    says: `${WORKER}.envFrom[1]: must be a ConfigMap of this base`,
  },
  {
    what: 'a ConfigMap that is not there',
    file: 'api/deployment.yaml',
    from: 'name: api-config',
    to: 'name: api-settings',
    says: `${API}.envFrom[1]: must be a ConfigMap of this base`,
  },
  {
    what: 'variables named after other Services',
    file: 'api/deployment.yaml',
    from: 'enableServiceLinks: false',
    to: 'enableServiceLinks: true',
    says: `${API_POD}.enableServiceLinks: must be false`,
  },
  {
    what: 'a port that is not PORT',
    file: 'api/deployment.yaml',
    from: 'containerPort: 8080',
    to: 'containerPort: 4100',
    says: `${API}.ports: must hold PORT, which is 8080`,
  },
  {
    what: "an operators' port that is not OPS_PORT",
    file: 'worker/deployment.yaml',
    from: 'containerPort: 9464',
    to: 'containerPort: 9090',
    says: `${WORKER}.ports: must hold OPS_PORT, which is 9464`,
  },
  {
    what: "an operators' port that hears only itself",
    file: 'worker/deployment.yaml',
    from: 'value: 0.0.0.0',
    to: 'value: 127.0.0.1',
    says: `${WORKER}.env: OPS_HOST must be 0.0.0.0`,
  },
  {
    what: 'an API that hears only itself',
    file: 'api/deployment.yaml',
    from: 'value: 0.0.0.0',
    to: 'value: 127.0.0.1',
    says: `${API}.env: HOST must be 0.0.0.0`,
  },
  {
    what: 'an API that is not told how many proxies are in front of it',
    file: 'api/config.yaml',
    from: '  TRUST_PROXY: "1"\n',
    to: '',
    says: `${API}.env: must say TRUST_PROXY`,
  },
  {
    what: 'a program that is not there',
    file: 'api/deployment.yaml',
    from: 'apps/api/src/main.ts]',
    to: 'apps/api/main.ts]',
    says: `${API}.command: must be node and one of apps/api/src/main.ts`,
  },
  {
    what: 'more connections than the pooler carries',
    file: 'worker/config.yaml',
    from: 'SIZE: "10"',
    to: 'SIZE: "80"',
    says: 'Deployment/worker: spec.replicas: all pods together hold 1261 connections',
  },
];
