import type { JSValueHandle } from 'quickjs-wasi';
import { EvalFlags, JSException, QuickJS } from 'quickjs-wasi';
import { PRELUDE } from './prelude.ts';
import type { SandboxReply, SandboxRequest } from './protocol.ts';

/** Half of the VM's own stack, its documented maximum: beyond it lies a trap instead of an error. */
const MAX_STACK_BYTES = 524_288;
/** `promiseState`, as quickjs-wasi documents it. */
const PENDING = 0;
/** WASI's `EBADF`: the engine has no streams of its own, least of all the one our reply goes out on. */
const BAD_FILE_DESCRIPTOR = 8;
/** `main()` as the last line gives a promise as the value; a promise of a promise of one is somebody's joke. */
const MAX_PROMISES = 10;

/**
 * Runs a script in a VM of its own and tells what came of it. For the child process only: a VM cannot be stopped from
 * outside its thread, and may take its process with it.
 */
export async function runGuest(wasm: Uint8Array<ArrayBuffer>, request: SandboxRequest): Promise<SandboxReply> {
  const output = createOutput(request.outputChars);
  // Not before the script begins: on a busy machine the VM itself takes a good part of a second.
  let endsAt = Number.POSITIVE_INFINITY;
  let isOverdue = false;
  try {
    const vm = await QuickJS.create({
      wasm,
      memoryLimit: request.memoryBytes,
      maxStackSize: MAX_STACK_BYTES,
      timezoneOffset: 0,
      wasi: () => ({ fd_write: () => BAD_FILE_DESCRIPTOR }),
      interruptHandler: () => {
        isOverdue = performance.now() > endsAt;
        return isOverdue;
      },
    });
    const print = vm.newFunction('print', (line) => {
      output.add(line?.toString() ?? '');
      return vm.undefined;
    });
    const show = vm.evalCode(PRELUDE).consume((install) => vm.callFunction(install, vm.undefined, print));
    const text = (value: JSValueHandle) => vm.callFunction(show, vm.undefined, value).toString();

    endsAt = performance.now() + request.runMs;
    const settled = await settle(vm, vm.evalCode(request.code, 'script.js', EvalFlags.ASYNC));
    if ('error' in settled) return output.reply(false, text(settled.error));
    let value = settled.value.getProp('value');
    for (let count = 0; value.isPromise && count < MAX_PROMISES; count += 1) {
      const inner = await settle(vm, value);
      if ('error' in inner) return output.reply(false, text(inner.error));
      value = inner.value;
    }
    return output.reply(true, text(value));
  } catch (error) {
    if (isOverdue) return output.reply(false, `The script was stopped after ${request.runMs / 1_000} s`);
    return output.reply(false, describe(error));
  }
}

type Settled = { value: JSValueHandle } | { error: JSValueHandle };

async function settle(vm: QuickJS, promise: JSValueHandle): Promise<Settled> {
  vm.executePendingJobs();
  // Nothing outside the VM can settle it later: there are no timers and no input.
  if (promise.promiseState === PENDING) {
    throw new Error('The script waits for a promise that nothing settles; there are no timers and no network here');
  }
  return vm.resolvePromise(promise);
}

function describe(error: unknown): string {
  if (error instanceof JSException) return `${error.name}: ${error.message}`;
  // Ours, or a fault of the VM itself: native recursion too deep, a trap.
  return error instanceof Error ? error.message : 'The script failed';
}

function createOutput(maxChars: number) {
  const lines: string[] = [];
  let charsLeft = maxChars;
  return {
    add(line: string): void {
      if (charsLeft <= 0) return;
      lines.push(
        line.length <= charsLeft ? line : `${line.slice(0, charsLeft)}\n[the script printed more; the rest is dropped]`,
      );
      charsLeft -= line.length + 1;
    },
    reply(ok: boolean, value: string): SandboxReply {
      const shown =
        value.length <= maxChars ? value : `${value.slice(0, maxChars)} [the value is longer; the rest is dropped]`;
      return { printed: lines.join('\n'), ok, value: shown };
    },
  };
}
