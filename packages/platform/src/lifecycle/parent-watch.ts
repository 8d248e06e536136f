import type { Lifecycle } from './lifecycle.ts';

const LOOK_EVERY_MS = 500;
/** A stack whose parent was killed is started again soon, and must not meet its old children. */
const GRACE_MS = 5_000;

export type ParentWatchOptions = {
  lifecycle: Pick<Lifecycle, 'stop'>;
  /**
   * The process that started this one, told by that process itself (its `process.pid`, in an environment variable):
   * a child that asks on its own may ask too late, and take its adopter for its parent.
   */
  parentPid: number;
};

/**
 * Stops this process when its parent is gone, however it went: kill -9 gives the parent no chance to say so, but the
 * system then gives its children a new one. An IPC channel, where there is one, tells at once.
 * @returns ends the watch
 */
export function exitWhenParentDies({ lifecycle, parentPid }: ParentWatchOptions): () => void {
  const onGone = (): void => {
    end();
    void lifecycle.stop('parent_died', { exitCode: 1, graceMs: GRACE_MS });
  };
  const timer = setInterval(() => {
    if (process.ppid !== parentPid || !isAlive(parentPid)) onGone();
  }, LOOK_EVERY_MS).unref();
  function end(): void {
    clearInterval(timer);
    process.off('disconnect', onGone);
  }
  if (process.connected) {
    process.on('disconnect', onGone);
    // Listening must not keep a finished process alive.
    process.channel?.unref();
  }
  return end;
}

/** Windows never changes a child's parent id, so that the parent itself is asked after too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
