import { judgeAction } from './judge-action.ts';
import { readStatements, splitAtCommas } from './read-statements.ts';

/** A statement of a migration, as it is read, and why it may not be deployed beneath a running version. */
export type Fault = { statement: string; says: string };

/** What a migration has made so far, which no running version knows, and the tables of before that it has changed. */
type Sofar = { made: Set<string>; changed: Set<string> };
type Form = { form: RegExp; faultsOf?: (parts: Record<string, string | undefined>, sofar: Sofar) => string[] };

/** Of a few rows each, however long a system has been running: an index of theirs is built in a moment. */
const SMALL = new Set(['pools', 'pool_backlogs', 'turns', 'workers', 'switched_off_tools']);

/**
 * Postgres makes one transaction of a script: nothing is built CONCURRENTLY in one, and a constraint is validated, which may
 * take long, under the locks of what came before.
 */
const ALONE = ['CONCURRENTLY', 'VALIDATE'];

const NAME = String.raw`(?:"[^"]+"|[A-Z_][A-Z0-9_]*)`;

/** What may be deployed while the version before is running; whatever is none of these may not. */
const FORMS: readonly Form[] = [
  {
    form: new RegExp(String.raw`^CREATE (?:UNLOGGED )?TABLE (?<table>${NAME}) \(`),
    faultsOf({ table }, { made }) {
      made.add(toName(table));
      return [];
    },
  },
  { form: new RegExp(String.raw`^CREATE TYPE ${NAME} AS ENUM \(`) },
  { form: new RegExp(String.raw`^CREATE FUNCTION ${NAME} \(`) },
  { form: /^COMMENT ON / },
  { form: new RegExp(String.raw`^INSERT INTO ${NAME} (?:\([^()]*\) )?VALUES `) },
  { form: new RegExp(String.raw`^ALTER TABLE ${NAME} VALIDATE CONSTRAINT ${NAME}$`) },
  {
    form: new RegExp(String.raw`^ALTER TABLE (?<table>${NAME}) (?<actions>.+)$`),
    faultsOf({ table, actions = '' }, { made, changed }) {
      if (made.has(toName(table))) return [];
      const others = [...changed].filter((name) => name !== toName(table));
      changed.add(toName(table));
      const waits = others.map((name) => `waits for ${toName(table)} with ${name} locked: a migration for each`);
      return [...waits, ...splitAtCommas(actions.split(' ')).flatMap((action) => judgeAction(action.join(' ')))];
    },
  },
  {
    form: new RegExp(
      String.raw`^CREATE (?<unique>UNIQUE )?INDEX (?<beside>CONCURRENTLY )?(?<again>IF NOT EXISTS )?${NAME} ON (?<table>${NAME}) `,
    ),
    faultsOf({ unique, beside, again, table }, { made }) {
      if (made.has(toName(table))) return [];
      return [
        ...(unique ? ['refuses what the version before may write'] : []),
        ...(beside && again ? ['takes one that was cut short for one that is there'] : []),
        ...(!beside && !SMALL.has(toName(table))
          ? [`holds up every write to ${toName(table)} until it is built: CONCURRENTLY, alone in its migration`]
          : []),
      ];
    },
  },
  {
    form: new RegExp(String.raw`^CREATE TRIGGER ${NAME} .* ON (?<table>${NAME}) `),
    faultsOf: ({ table }, { made }) =>
      made.has(toName(table)) ? [] : ['is run by the statements of the version before'],
  },
];

/** @returns what speaks against deploying a migration beneath the version before; nothing: it may be */
export function judgeMigration(script: string): Fault[] {
  const statements = readStatements(script);
  const sofar: Sofar = { made: new Set(), changed: new Set() };
  return statements.flatMap((tokens) => {
    const statement = tokens.join(' ');
    const found = FORMS.map(({ form, faultsOf }) => ({ match: form.exec(statement), faultsOf })).find(
      ({ match }) => match !== null,
    );
    const faults = found
      ? (found.faultsOf?.(found.match?.groups ?? {}, sofar) ?? [])
      : ['is none of the forms that may be'];
    if (ALONE.some((word) => tokens.includes(word)) && statements.length > 1) {
      faults.push('has to be alone in its migration');
    }
    return faults.map((says) => ({ statement, says }));
  });
}

function toName(token = ''): string {
  return token.replaceAll('"', '').toLowerCase();
}
