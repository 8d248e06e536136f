import { Prisma } from './generated/prisma/client.ts';

const MARK = '/* kept */';
/** What the protocol calls a statement that is not kept. */
const UNNAMED = '';

/**
 * Before a statement whose text never varies and which has one way only to be carried out, by a key: it is planned once a
 * connection. A table with twenty indexes takes half a millisecond to plan for, and a tenth of that to be looked into.
 */
export const KEPT = Prisma.raw(MARK);

/**
 * Names for such statements, and for those of batches: Postgres keeps what has a name. All others, Prisma's own among
 * them, vary without bound, or are better planned for what is asked, and stay unnamed.
 */
export function createStatementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (!isKept(sql)) return UNNAMED;
    const name = `flotilla_${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}

function isKept(sql: string): boolean {
  return sql.includes('json_to_recordset(') || sql.trimStart().startsWith(MARK);
}
