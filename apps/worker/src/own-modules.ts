import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a tool is made of. A folder of tools needs no packages of its own for them. */
const OURS: ReadonlySet<string> = new Set(['@flotilla/agent', 'zod']);

/**
 * Gives the modules of a folder, wherever it lies, this process's own `@flotilla/agent` and `zod`, of this version and no
 * other. What they import beside is looked for where Node looks for it.
 * @returns ends that again
 */
export function lendOwnModules(dir: string): () => void {
  const base = `${pathToFileURL(dir).href}/`;
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const isTheirs = context.parentURL?.startsWith(base) === true && !context.parentURL.includes('/node_modules/');
      return nextResolve(
        specifier,
        isTheirs && OURS.has(specifier) ? { ...context, parentURL: import.meta.url } : context,
      );
    },
  });
  return () => hooks.deregister();
}
