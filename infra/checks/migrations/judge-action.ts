const NAME = String.raw`(?:"[^"]+"|[A-Z_][A-Z0-9_]*)`;
const TYPE = String.raw`(?:DOUBLE PRECISION|${NAME})(?: \( \d+(?: , \d+)? \))?(?: \[ \])?`;
/** The same for every row there is, so that none is rewritten: also what begins with the moment of the migration. */
const CONSTANT = String.raw`(?:''|-? ?\d+(?:\.\d+)?|TRUE|FALSE|NULL|CURRENT_TIMESTAMP|NOW \( \)|\( NOW \( \) \+ '' :: INTERVAL \)|ARRAY \[ \])(?: :: ${TYPE})?`;

const COLUMN = new RegExp(String.raw`^ADD COLUMN ${NAME} ${TYPE}(?<rest>(?: NOT NULL| NULL| DEFAULT ${CONSTANT})*)$`);
/** What is looked at by new rows alone, or locks nobody out. */
const HARMLESS = [new RegExp(String.raw`^ALTER COLUMN ${NAME} SET (?:DEFAULT|STORAGE|STATISTICS) `), /^SET \( .* \)$/];

/** One action of an ALTER TABLE, on a table that the version before reads and writes. */
export function judgeAction(action: string): string[] {
  if (HARMLESS.some((form) => form.test(action))) return [];
  const { rest } = COLUMN.exec(action)?.groups ?? {};
  if (rest !== undefined) {
    const mustBeGiven = rest.includes('NOT NULL') && !rest.includes('DEFAULT');
    return mustBeGiven ? ['is left out by what the version before writes: NOT NULL wants a DEFAULT'] : [];
  }
  if (action.startsWith('ADD COLUMN ')) return ['is no plain column with a constant for its default'];
  if (action.startsWith('ADD CONSTRAINT ')) return ['refuses what the version before may write'];
  return ['is none of the changes that may be made'];
}
