import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import type { SandboxChild } from './spawn.ts';

export type Conversation = {
  request: Iterable<string>;
  killAfterMs: number;
  replyMaxBytes: number;
  signal: AbortSignal;
};

/** All that the child said, which is nothing when it was killed for saying too much. */
export type Said = { output: Buffer; isLate: boolean };

/**
 * Hands a child its request and waits for its end; kills it when it is late, says too much, or nobody waits any more.
 * @throws the signal's reason, when aborted
 */
export async function converse(
  child: SandboxChild,
  { request, killAfterMs, replyMaxBytes, signal }: Conversation,
): Promise<Said> {
  let isLate = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, killAfterMs);
  signal.addEventListener('abort', kill, { once: true });
  try {
    signal.throwIfAborted();
    // A child that died early leaves a broken pipe; its exit tells the story.
    child.stdin.on('error', () => undefined);
    pipeline(Readable.from(request), child.stdin, () => undefined);
    const [output] = await Promise.all([readUpTo(child.stdout, replyMaxBytes, kill), untilClosed(child)]);
    signal.throwIfAborted();
    return { output, isLate };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** One that was started in advance may have died before it was asked anything. */
async function untilClosed(child: SandboxChild): Promise<void> {
  const isOver = (child.exitCode !== null || child.signalCode !== null) && child.stdout.closed;
  if (!isOver) await once(child, 'close');
}

async function readUpTo(stream: AsyncIterable<Buffer>, maxBytes: number, giveUp: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      giveUp();
      return Buffer.alloc(0);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
