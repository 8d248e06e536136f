import { readConstant } from './read-constant.ts';

/** What a worker's code lets its sandboxes take: bytes of each child at most, and how many of them there are at once. */
export type Scripts = {
  javascriptBytes: number;
  shellBytes: number;
  pythonBytes: number;
  /** Of these two kinds there are as many as processors, and at least so many. */
  childrenAtLeast: number;
  pythonsAtOnce: number;
  /** An interpreter that waits for the next script, and what all of them are started from. */
  sparePythonBytes: number;
};

const MEGABYTE = 1_000_000;
const MEBIBYTE = 2 ** 20;

/** Measured: a worker without missions, and what each adds whose steps hold 100 KB. */
const IDLE_BYTES = 230 * MEGABYTE;
const MISSION_BYTES = 3.5 * MEGABYTE;
/** Measured: a child with a script that does nothing, and one with Python. */
const EMPTY_CHILD_BYTES = 100 * MEGABYTE;
const EMPTY_PYTHON_BYTES = 200 * MEGABYTE;

const AGENT = 'packages/agent/src';

/** @param textOf of a file of the repository */
export function readScripts(textOf: (path: string) => string): Scripts {
  const [, childrenAtLeast] =
    /Math\.max\((\d+), availableParallelism\(\)\)/.exec(textOf(`${AGENT}/child/children.ts`)) ?? [];
  const python = textOf(`${AGENT}/python/python.ts`);
  const [, pythonsAtOnce] = /\{ childrenAtOnce = (\d+),/.exec(python) ?? [];
  if (childrenAtLeast === undefined || pythonsAtOnce === undefined) {
    throw new Error('It is not said any more how many children there are at once: teach worker-memory.ts to find it.');
  }
  const javascript = textOf(`${AGENT}/sandbox/sandbox.ts`);
  const shell = textOf(`${AGENT}/shell/shell.ts`);
  return {
    javascriptBytes: EMPTY_CHILD_BYTES + readConstant('MEMORY_BYTES', javascript),
    shellBytes: EMPTY_CHILD_BYTES + readConstant('HEAP_MEGABYTES', shell) * MEBIBYTE,
    pythonBytes: EMPTY_PYTHON_BYTES + readConstant('MEMORY_BYTES', textOf(`${AGENT}/python/boot.ts`)),
    childrenAtLeast: Number(childrenAtLeast),
    pythonsAtOnce: Number(pythonsAtOnce),
    sparePythonBytes: EMPTY_PYTHON_BYTES + readConstant('SNAPSHOT_MAX_BYTES', python),
  };
}

/** What a worker takes when every slot has a mission and every sandbox a script that takes all it may. */
export function workerBytes({ slots, cpus }: { slots: number; cpus: number }, scripts: Scripts): number {
  const { javascriptBytes, shellBytes, pythonBytes, childrenAtLeast, pythonsAtOnce, sparePythonBytes } = scripts;
  const children = Math.max(childrenAtLeast, Math.ceil(cpus));
  return (
    IDLE_BYTES +
    slots * MISSION_BYTES +
    children * (javascriptBytes + shellBytes) +
    pythonsAtOnce * pythonBytes +
    sparePythonBytes
  );
}
