import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '@flotilla/agent';
import { isMeantAsTool, isTool, problemsOfTool } from './check-tool.ts';
import { lendOwnModules } from './own-modules.ts';

const MODULE = /\.(?:ts|mts|mjs|js)$/;
const NOT_A_TOOL = /\.(?:test\.[a-z]+|d\.m?ts)$/;

type Found = { file: string; tool: Tool };

/**
 * A deployment's own tools: every module of the folder, in the order of their names, and all the tools it exports, made
 * by `defineTool` or `defineParkingTool`. What cannot be loaded stops the worker at its start: a tool that is silently
 * missing would be noticed only by the missions that wait for want of it.
 * @throws Error that lists everything wrong in every module: one that cannot be loaded or exports no tool, a value that
 * is none, and a name used twice; and for a folder that cannot be read
 */
export async function loadTools(given: string): Promise<Tool[]> {
  // Modules know themselves by where they really lie.
  const dir = await realpath(given);
  const files = (await readdir(dir)).filter((name) => MODULE.test(name) && !NOT_A_TOOL.test(name)).toSorted();
  const takeBack = lendOwnModules(dir);
  const problems: string[] = [];
  const found: Found[] = [];
  try {
    for (const file of files) found.push(...(await loadModule(join(dir, file), problems)));
  } finally {
    takeBack();
  }
  for (const [first, ...others] of Map.groupBy(found, ({ tool }) => tool.name).values()) {
    for (const { file } of others) problems.push(`${file}: exports ${first?.tool.name}, and so does ${first?.file}`);
  }
  if (problems.length > 0) throw new Error(`TOOLS_DIR is not valid:\n${problems.join('\n')}`);
  return found.map(({ tool }) => tool);
}

async function loadModule(file: string, problems: string[]): Promise<Found[]> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    problems.push(
      `${file}: cannot be loaded: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
    return [];
  }
  const exports = Object.entries(typeof module === 'object' && module !== null ? module : {});
  const meant = exports.flatMap(([exported, value]) => (isMeantAsTool(value) ? [{ exported, value }] : []));
  if (meant.length === 0) problems.push(`${file}: exports no tool; make one with defineTool and export it by name`);
  return meant.flatMap(({ exported, value }): Found[] => {
    if (isTool(value)) return [{ file, tool: value }];
    problems.push(...problemsOfTool(value).map((problem) => `${file}: ${exported} is no tool: ${problem}`));
    return [];
  });
}
