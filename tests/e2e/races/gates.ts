import { waitFor } from '../../harness/index.ts';

export type Gate = {
  /** Resolves once somebody stands before it. */
  arrived(): Promise<void>;
  open(): void;
};

/** Gates by name. Whoever comes to one that is closed waits there until the test opens it. */
export function createGates() {
  const gates = new Map<string, { count: number; opened: PromiseWithResolvers<void> }>();
  return {
    close(name: string): Gate {
      const gate = { count: 0, opened: Promise.withResolvers<void>() };
      gates.set(name, gate);
      return {
        async arrived() {
          await waitFor(() => gate.count > 0, { timeoutMs: 60_000, what: `somebody at the gate ${name}` });
        },
        open: () => gate.opened.resolve(),
      };
    },
    async pass(name: string): Promise<void> {
      const gate = gates.get(name);
      if (!gate) return;
      gate.count += 1;
      await gate.opened.promise;
    },
  };
}
