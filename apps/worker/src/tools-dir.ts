import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '@flotilla/agent';

const MODULE = /\.(?:ts|mjs|js)$/;
const NOT_A_TOOL = /\.(?:test|d)\.ts$/;

/**
 * A deployment's own tools: every module of the folder, in the order of their names, and all the tools it exports, made
 * by `defineTool` or `defineParkingTool`. What cannot be loaded stops the worker at its start: a tool that is silently missing would be noticed
 * only by the missions that fail for want of it.
 * @throws Error for a folder that cannot be read, a module that cannot be loaded or exports no tool, and a name used twice
 */
export async function loadTools(dir: string): Promise<Tool[]> {
  const files = (await readdir(dir)).filter((name) => MODULE.test(name) && !NOT_A_TOOL.test(name)).toSorted();
  const origins = new Map<string, string>();
  const tools: Tool[] = [];
  for (const file of files) {
    const path = join(resolve(dir), file);
    const found = valuesOf(await import(pathToFileURL(path).href)).filter(isTool);
    if (found.length === 0) throw new Error(`${path} exports no tool; make one with defineTool and export it by name`);
    for (const tool of found) {
      const other = origins.get(tool.name);
      if (other !== undefined) throw new Error(`${path} and ${other} both export a tool named ${tool.name}`);
      origins.set(tool.name, path);
      tools.push(tool);
    }
  }
  return tools;
}

function valuesOf(exported: unknown): unknown[] {
  return typeof exported === 'object' && exported !== null ? Object.values(exported) : [];
}

function isTool(value: unknown): value is Tool {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    typeof fields.get('name') === 'string' &&
    typeof fields.get('check') === 'function' &&
    ((typeof fields.get('run') === 'function' && typeof fields.get('idempotent') === 'boolean') ||
      typeof fields.get('park') === 'function')
  );
}
