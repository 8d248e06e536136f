import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** The fields of /proc/pid/stat after the command's name; empty where there is no such process, or no /proc. */
export function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Processor time of one process, in seconds. */
export function processorSeconds(pid: number): number {
  const [user = '0', system = '0'] = statOf(pid).slice(11);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

/** The same with that of all its children, those that have ended included: Postgres has one for each connection. */
export function processorSecondsOfTree(pid: number): number {
  const [ended = '0', endedSystem = '0'] = statOf(pid).slice(13);
  let seconds = processorSeconds(pid) + (Number(ended) + Number(endedSystem)) / TICKS_PER_SECOND;
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name) && statOf(Number(name))[1] === String(pid)) seconds += processorSeconds(Number(name));
  }
  return seconds;
}
