import { describePath, type Path } from './unread-fields.ts';

/** What is wrong at a place in an object. */
export type Problem = { path: Path; says: string };

/** A problem, and whose it is. */
export type Finding = Problem & { file: string; object: string };

export function describeFinding({ file, object, path, says }: Finding): string {
  return `${file}: ${object}: ${path.length > 0 ? `${describePath(path)}: ` : ''}${says}`;
}
