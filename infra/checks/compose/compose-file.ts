import { parse } from 'yaml';
import { z } from 'zod';

const size = z.union([z.string().regex(/^\d+[kmg]$/), z.number()]);
const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/);
const names = z.array(z.string());

const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.int(),
    start_period: duration.optional(),
    start_interval: duration.optional(),
  }),
]);

const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string().optional() }).optional(),
  command: names.optional(),
  user: z.string().optional(),
  restart: z.enum(['no', 'unless-stopped']),
  read_only: z.boolean().optional(),
  cap_drop: names.default([]),
  security_opt: names.default([]),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  ports: names.default([]),
  networks: names,
  volumes: names.default([]),
  tmpfs: names.default([]),
  shm_size: size.optional(),
  stop_signal: z.string().optional(),
  stop_grace_period: duration.optional(),
  deploy: z.strictObject({ replicas: z.int() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: names.default([]),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }))
    .default({}),
  healthcheck,
  mem_limit: size,
});

/** What of the Compose Specification our file uses; anything else, and any word that is misspelt, is refused. */
const composeFile = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

export type ComposeFile = z.output<typeof composeFile>;
export type Service = z.output<typeof service>;

/** Reads a compose file with its anchors and merges. @returns what is wrong with its shape, or the file */
export function readCompose(text: string): { file: ComposeFile } | { problems: string[] } {
  const value: unknown = parse(text, { merge: true });
  const named = Object.entries(typeof value === 'object' && value !== null ? value : {});
  // Extensions are there for their anchors alone.
  const read = composeFile.safeParse(Object.fromEntries(named.filter(([name]) => !name.startsWith('x-'))));
  if (read.success) return { file: read.data };
  return { problems: read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

/** `512m`, or `320mb` as Redis has it, in bytes. */
export function bytesOf(text: string | number): number {
  const [, amount, unit = ''] = /^(\d+)([kmg]?)b?$/.exec(String(text)) ?? [];
  return Number(amount) * 1_024 ** ['', 'k', 'm', 'g'].indexOf(unit);
}

/** `1m30s` in seconds. */
export function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };
  return [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit = 's']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}
