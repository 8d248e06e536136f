import { once } from 'node:events';
import type { SandboxChild } from '../child/spawn.ts';

export type Spare = {
  /** One that was started before, or else a new one, when it is ready; another is started for whoever comes next. */
  take(start: () => SandboxChild): Promise<SandboxChild>;
};

type Started = { child: SandboxChild; ready: Promise<void> };

/** Keeps one child started in advance, for as long as somebody has come lately. */
export function createSpare({ startMs, keptMs }: { startMs: number; keptMs: number }): Spare {
  let spare: Started | null = null;
  let end: NodeJS.Timeout | undefined;

  function begin(child: SandboxChild): Started {
    const ready = untilReady(child, startMs);
    // Nobody may be waiting yet, and a rejection that nobody hears ends the worker. Whoever takes it is still told.
    ready.catch(() => undefined);
    return { child, ready };
  }

  return {
    async take(start) {
      clearTimeout(end);
      const { child, ready } = spare && isAlive(spare.child) ? spare : begin(start());
      const next = begin(start());
      // Nobody waits for it: it must not keep this process from ending.
      next.child.unref();
      spare = next;
      end = setTimeout(() => {
        spare?.child.kill('SIGKILL');
        spare = null;
      }, keptMs);
      end.unref();
      child.ref();
      await ready;
      return child;
    },
  };
}

function isAlive({ exitCode, signalCode }: SandboxChild): boolean {
  return exitCode === null && signalCode === null;
}

/** Until it has said its first word, which stays to be read, or has died without. */
async function untilReady(child: SandboxChild, startMs: number): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), startMs);
  timer.unref();
  await Promise.race([once(child.stdout, 'readable'), once(child, 'close')]);
  clearTimeout(timer);
}
