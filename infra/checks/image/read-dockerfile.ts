/** One line of a Dockerfile, arguments filled in. */
export type Step = { name: string; rest: string };

/** What begins with a FROM. `from` is an image, or the name of a stage before it. */
export type Stage = { name: string; from: string; steps: Step[] };

export type Copy = { from: string | undefined; sources: string[]; target: string };

/**
 * The stages of a Dockerfile, as far as ours goes: no heredocs, no other escapes, arguments as `${NAME}`.
 * @throws {Error} for a line that comes before the first FROM and is no ARG
 */
export function readDockerfile(text: string): Stage[] {
  const args = new Map<string, string>();
  const stages: Stage[] = [];
  for (const line of linesOf(text)) {
    const [, name = '', given = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    const rest = given.replace(/\$\{(\w+)\}/g, (whole, arg: string) => args.get(arg) ?? whole);
    const stage = stages.at(-1);
    if (name === 'ARG' && !stage) {
      const [arg = '', value = ''] = rest.split('=');
      args.set(arg, value);
    } else if (name === 'FROM') {
      const [from = '', , as = String(stages.length)] = rest.split(/\s+/);
      stages.push({ name: as, from, steps: [] });
    } else if (stage) {
      stage.steps.push({ name, rest });
    } else {
      throw new Error(`A Dockerfile does not begin with ${name}.`);
    }
  }
  return stages;
}

function linesOf(text: string): string[] {
  return text
    .replace(/^\s*#.*$/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The arguments of COPY. */
export function readCopy(rest: string): Copy {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const [from] = flags.flatMap((flag) => (flag.startsWith('--from=') ? [flag.slice('--from='.length)] : []));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** The words of a command in exec form; undefined for one that a shell would have to read. */
export function readCommand(rest: string): string[] | undefined {
  const [, list] = /(?:^|\s)(\[.*\])$/.exec(rest) ?? [];
  if (list === undefined) return undefined;
  try {
    const words: unknown = JSON.parse(list);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}
