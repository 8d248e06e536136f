import { availableParallelism, totalmem } from 'node:os';

const SLOTS_PER_CPU = 10;
const BYTES_PER_SLOT = 200_000_000;
const SLOTS_MAX = 2_000;

/**
 * Slots for a machine: min(CPU × 10, RAM / 200 MB, 2,000), where the CPUs and the memory are the cgroup's, not the
 * host's: a pod that counted the node's would be killed for what it took.
 */
export function detectSlots(machine: { cpus: number; bytes: number } = readMachine()): number {
  return Math.max(1, Math.floor(Math.min(machine.cpus * SLOTS_PER_CPU, machine.bytes / BYTES_PER_SLOT, SLOTS_MAX)));
}

function readMachine(): { cpus: number; bytes: number } {
  // 0 and absurdly large both mean that the cgroup sets no limit.
  const limit = process.constrainedMemory();
  return { cpus: availableParallelism(), bytes: limit > 0 && limit < totalmem() ? limit : totalmem() };
}
