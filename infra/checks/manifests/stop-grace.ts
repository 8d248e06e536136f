import { readConstant } from './read-constant.ts';

/**
 * How long an app may take to stop, from its own source: the sum it gives as `graceMs`, whose parts are constants of
 * its own or shared ones.
 * @returns undefined for an app that does not listen for signals
 * @throws {Error} when the source says it in a way that is not read here
 */
export function readStopGraceMs(main: string, shared: string): number | undefined {
  if (!main.includes('createLifecycle(')) return undefined;
  const [, sum] = /graceMs: ([A-Z_]+(?: \+ [A-Z_]+)*)/.exec(main) ?? [];
  if (sum === undefined) throw new Error('graceMs is no sum of constants any more: teach stop-grace.ts to read it.');
  return sum.split(' + ').reduce((total, name) => total + readConstant(name, main, shared), 0);
}
