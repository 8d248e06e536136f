import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';

type Interpreter = Awaited<ReturnType<typeof loadPyodide>>;

type Memory = { readonly buffer: ArrayBuffer; grow(pages: number): number };

/** The types of Node know of it only together with a browser's. */
declare const WebAssembly: { Memory: { prototype: Memory } };

/** What a script may have: the interpreter itself takes 32 MB of it. */
const MEMORY_BYTES = 536_870_912;
const PAGE_BYTES = 65_536;

/**
 * Starts CPython in WebAssembly, with no global of JavaScript to be found in it. Takes four seconds of CPU; from a
 * snapshot of one that was started before, a tenth of that. For child processes only.
 */
export async function boot(from: { snapshot: Uint8Array | null } | { makesSnapshot: true }): Promise<Interpreter> {
  limitMemory();
  // Pyodide asks for the constants of the file system, which Node's permissions refuse together with all other bindings.
  Reflect.set(process, 'binding', () => ({ fs: {} }));
  const snapshot = 'snapshot' in from ? from.snapshot : null;
  return loadPyodide({
    indexURL: fileURLToPath(new URL('.', import.meta.resolve('pyodide'))),
    env: { HOME: '/home/pyodide' },
    jsglobals: { __proto__: null },
    ...('makesSnapshot' in from && { _makeSnapshot: true }),
    ...(snapshot && { _loadSnapshot: snapshot }),
  });
}

/** The module makes its memory itself and lets it grow to 4 GB: what it does not get here is a MemoryError in Python. */
function limitMemory(): void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function growWithin(this: Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES > MEMORY_BYTES) throw new RangeError('no more memory');
    return grow.call(this, pages);
  };
}
