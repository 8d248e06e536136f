import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_NAME, type AgentDefinition, splitMcpTool, TOOL_NAME } from '@flotilla/core';
import { parseDocument } from 'yaml';
import { ProblemError } from '../problem.ts';
import { type DefinitionChecks, readDefinition } from './check-definition.ts';

/** An agent of a folder: `<account>/<name>.yaml`. `file` is the path as it was found, for whoever has to mend it. */
export type FiledAgent = { account: string; name: string; definition: AgentDefinition; file: string };

const YAML_FILE = /\.ya?ml$/;

/**
 * The agents of a folder, in which each account, by its name, has a folder of its own; a file's name is its agent's.
 * @throws Error that lists everything wrong in every file: half of a folder's agents would be noticed only by the
 * missions that fail for want of the others. Tools that are not built in may be the workers' own: that is found out when
 * the agents are stored.
 */
export async function readAgentsDir(
  dir: string,
  given: Omit<DefinitionChecks, 'findFleetTools'>,
): Promise<FiledAgent[]> {
  const checks = { ...given, findFleetTools: takeForFleetTools };
  const problems: string[] = [];
  const agents: FiledAgent[] = [];
  for (const entry of (await readdir(dir, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    // Kubernetes keeps what it mounts in folders that begin with two dots.
    if (entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (!entry.isDirectory() && !entry.isSymbolicLink()) {
      if (YAML_FILE.test(entry.name)) problems.push(`${path}: belongs into a folder with the name of its account`);
      continue;
    }
    const account = entry.name;
    for (const file of (await readdir(path)).filter((name) => YAML_FILE.test(name)).toSorted()) {
      const name = file.replace(YAML_FILE, '');
      const found = await readAgentFile({ account, name, file: join(path, file) }, checks);
      if (Array.isArray(found)) problems.push(...found);
      else agents.push(found);
    }
  }
  for (const [other, agent] of duplicatesIn(agents)) problems.push(`${agent.file}: is the same agent as ${other.file}`);
  if (problems.length > 0) throw new Error(`AGENTS_DIR is not valid:\n${problems.join('\n')}`);
  return agents;
}

const takeForFleetTools: DefinitionChecks['findFleetTools'] = async (names) =>
  new Set(names.filter((name) => TOOL_NAME.test(name) || splitMcpTool(name) !== null));

/** The agent, or what is wrong with its file. */
async function readAgentFile(
  { account, name, file }: Omit<FiledAgent, 'definition'>,
  checks: DefinitionChecks,
): Promise<FiledAgent | string[]> {
  if (!AGENT_NAME.test(name)) return [`${file}: the name must be made of a to z, 0 to 9, - and _`];
  const document = parseDocument(await readFile(file, 'utf8'), { prettyErrors: true });
  if (document.errors.length > 0) return document.errors.map(({ message }) => `${file}: ${message.split('\n')[0]}`);
  try {
    return { account, name, definition: await readDefinition(document.toJS(), checks), file };
  } catch (error) {
    if (!(error instanceof ProblemError)) return [`${file}: ${error instanceof Error ? error.message : String(error)}`];
    const { errors = [] } = error.parts;
    return errors.map(({ path, message }) => `${file}: ${path || 'the file'} ${message}`);
  }
}

function duplicatesIn(agents: readonly FiledAgent[]): [FiledAgent, FiledAgent][] {
  return [...Map.groupBy(agents, ({ account, name }) => `${account}/${name}`).values()].flatMap(([first, ...others]) =>
    first ? others.map((other): [FiledAgent, FiledAgent] => [first, other]) : [],
  );
}
