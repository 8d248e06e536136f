import { createApp } from '@flotilla/api/app';
import { createHealth, createLogger, createOutbound, createSecretBox } from '@flotilla/platform';
import type { Api } from './fixture.ts';

export type MountedRoute = { method: string; path: string };

/** Every method of every address that needs a key. */
export function mountedRoutes(api: Pick<Api, 'db'>): MountedRoute[] {
  return allMounted(api).filter(isClosed);
}

/** The addresses that need none. */
export function openPaths(api: Pick<Api, 'db'>): string[] {
  return allMounted(api)
    .filter((route) => !isClosed(route))
    .map(({ path }) => path);
}

function isClosed({ path }: MountedRoute): boolean {
  return path.startsWith('/v1/');
}

/**
 * All routes as Express has them mounted: no list that somebody could forget to write a new one into. The app it is read
 * from answers nothing.
 */
export function allMounted({ db }: Pick<Api, 'db'>): MountedRoute[] {
  const logger = createLogger({ level: 'error', format: 'json', service: 'test', write: () => undefined });
  const health = createHealth({ checks: [], logger });
  const { router } = createApp({
    db,
    queue: {
      ring: async () => false,
      ringAll: async () => 0,
      signals: { send: () => undefined, subscribe: () => () => undefined, close: async () => undefined },
      tellOfEvents: () => undefined,
    },
    hub: { add: () => () => undefined, wake: () => undefined, size: 0 },
    stopping: new AbortController().signal,
    outbound: createOutbound(),
    secrets: createSecretBox([Buffer.alloc(32).toString('base64')]),
    logger,
    health: { needed: health, reported: health },
    models: { allowed: ['sim/demo'], default: 'sim/demo' },
    limits: {
      addresses: (_req, _res, next) => next(),
      callers: { admit: () => undefined },
      seats: { take: () => undefined, taken: 0 },
      load: { overload: null },
      start: () => undefined,
      stop: () => undefined,
    },
    corsOrigins: [],
    onKeyUse: () => undefined,
    facts: {
      answered: () => undefined,
      accepted: () => undefined,
      cancelled: () => undefined,
      watchReaders: () => undefined,
    },
    factsOf: () => {
      throw new Error('this app is asked nothing');
    },
    answer: () => undefined,
    tracing: {
      isOn: false,
      start: ({ parent }) => ({ traceparent: parent, end: () => undefined }),
      within: (_span, work) => work(),
      current: () => null,
      close: () => Promise.resolve(),
    },
  });
  return router.stack
    .flatMap(({ route }) => route ?? [])
    .flatMap(({ path, stack }) =>
      stack.flatMap(({ method }) => (method ? { method: method.toUpperCase(), path } : [])),
    );
}

/** The address with something in place of each parameter. @throws {Error} naming one that nobody has said anything of */
export function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/[:*](\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`say what stands for the parameter ${name} of ${path}`);
    return value;
  });
}
