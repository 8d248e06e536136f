/** A package or app, where it lives, and what of ours it may import. */
export type Layer = {
  name: string;
  path: string;
  /** Names of the layers it may import, without the scope. */
  mayImport: string[];
  /** The way out, for whoever just wrote the forbidden import. */
  instead: string;
};

/**
 * Who may import whom (design §1.2: a star, not a web). The one table behind the lint rules in
 * `oxlint.config.ts`, and the test beside it holds `turbo.json` and every `package.json` to it.
 */
export const LAYERS: Layer[] = [
  {
    name: 'core',
    path: 'packages/core',
    mayImport: [],
    instead: 'Declare what you need as a type or a parameter in core, and let an app pass the implementation in.',
  },
  {
    name: 'platform',
    path: 'packages/platform',
    mayImport: [],
    instead:
      'Take the value as a parameter; what belongs to missions goes to @flotilla/core, and an app joins the two.',
  },
  {
    name: 'db',
    path: 'packages/db',
    mayImport: ['core'],
    instead: 'Import shared words from @flotilla/core, return ids, and let an app ring the queue or log.',
  },
  {
    name: 'queue',
    path: 'packages/queue',
    mayImport: ['core'],
    instead: 'Import the job catalogue from @flotilla/core and take handlers as parameters; an app joins queue and db.',
  },
  {
    name: 'agent',
    path: 'packages/agent',
    mayImport: ['core'],
    instead:
      'Import types from @flotilla/core and take a journal, a fetch or a tool as a parameter; apps/worker joins them.',
  },
  {
    name: 'client',
    path: 'packages/client',
    mayImport: [],
    instead:
      'Its users install it alone: what it knows of the API comes from the API’s document, by the code generator.',
  },
  {
    name: 'embedded',
    path: 'infra/embedded',
    mayImport: [],
    instead: 'Take what you need as a parameter; apps/local and the tests start the services and use them.',
  },
  {
    name: 'api',
    path: 'apps/api',
    mayImport: ['core', 'db', 'platform', 'queue'],
    instead:
      'The API accepts and reads: import core, db, platform or the producer side of queue; work runs in apps/worker.',
  },
  {
    name: 'worker',
    path: 'apps/worker',
    mayImport: ['agent', 'core', 'db', 'platform', 'queue'],
    instead: 'Apps do not import each other: move what both need into a package and import that.',
  },
  {
    name: 'admin',
    path: 'apps/admin',
    mayImport: ['core', 'db', 'platform'],
    instead: 'The admin CLI changes rows through @flotilla/db; the sweep rings what becomes due.',
  },
  {
    name: 'local',
    path: 'apps/local',
    mayImport: ['core', 'db', 'embedded', 'platform'],
    instead:
      'The local stack prepares the database, starts the other apps as processes and talks to them over HTTP, as a user would.',
  },
];

type LibraryRule = { regex: string; allowed: string[]; message: string };

/** Libraries that only one place knows. */
const LIBRARY_RULES: LibraryRule[] = [
  {
    regex: '^bullmq(/|$)',
    allowed: ['queue'],
    message: 'Only packages/queue knows BullMQ: import a bell or a consumer from @flotilla/queue.',
  },
  {
    regex: '^(@prisma/|prisma(/|$))',
    allowed: ['db'],
    message: 'Only packages/db knows Prisma and SQL: import a store from @flotilla/db, or add a verb to it there.',
  },
  {
    // BullMQ's Postgres backend is handed its own small pool, hence queue.
    regex: '^pg(-|/|$)',
    allowed: ['db', 'queue'],
    message: 'Only packages/db talks to Postgres: import a store from @flotilla/db, or add a verb to it there.',
  },
];

/** A lint pattern: imports that match are refused with the message. */
export type RestrictedImport = { message: string } & ({ regex: string } | { group: string[] });

/** What files of this layer may not import, each with a sentence that says what to import instead. */
export function restrictedImports(layer: Layer): RestrictedImport[] {
  const allowed = layer.mayImport.map((name) => `@flotilla/${name}`);
  const itself = `${layer.path} imports ${allowed.length === 0 ? 'nothing of ours' : `only ${allowed.join(', ')} of ours`}`;
  // The linter's regular expressions have no look-ahead, so the forbidden names are listed.
  const forbidden = ['tests', ...LAYERS.map(({ name }) => name)].filter((name) => !layer.mayImport.includes(name));
  return [
    { regex: `^@flotilla/(${forbidden.join('|')})(/|$)`, message: `${itself}. ${layer.instead}` },
    {
      regex: `^(\\.\\./)+((apps|infra|packages)/)?(${LAYERS.map(({ name }) => name).join('|')})/`,
      message: `A relative path may not leave the package; ${itself}. ${layer.instead}`,
    },
    ...LIBRARY_RULES.filter((rule) => !rule.allowed.includes(layer.name)).map(({ regex, message }) => ({
      regex,
      message,
    })),
  ];
}

/** What the client may not import on top of that: it runs in browsers, and brings nothing along. */
export const CLIENT_ONLY_ITSELF: RestrictedImport = {
  group: ['*', '!./**', '!../**'],
  message:
    'packages/client has no dependencies and runs in browsers and workers: use fetch, streams and WebCrypto, which are there.',
};

/** What core may not import on top of that: its only library is zod. */
export const CORE_ONLY_ZOD: RestrictedImport = {
  group: ['*', '!zod', '!node:*', '!./**', '!../**'],
  message:
    'packages/core is pure and imports zod only: wrap the library in the package that owns it, behind a type from core.',
};
