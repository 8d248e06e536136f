import { KEY_USE_TOLD_EVERY_MS } from '@flotilla/core';
import type { Logger } from '@flotilla/platform';

type Deps = { markUsed(keyIds: readonly string[]): Promise<void>; logger: Pick<Logger, 'warn'> };

/** One statement of it is one list of ids. */
const KEYS_AT_ONCE = 1_000;

/** Writes down which keys are in use, once a minute for all of them: nobody's request pays for it. */
export function createKeyUses({ markUsed, logger }: Deps) {
  const used = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function tell(): Promise<void> {
    const keyIds = [...used];
    used.clear();
    try {
      for (let at = 0; at < keyIds.length; at += KEYS_AT_ONCE) await markUsed(keyIds.slice(at, at + KEYS_AT_ONCE));
    } catch (error) {
      // Whoever uses them goes on to, and the next minute says so.
      logger.warn('it could not be written down which API keys are in use', { error });
    }
  }

  return {
    note: (keyId: string) => void used.add(keyId),
    start() {
      timer ??= setInterval(() => void tell(), KEY_USE_TOLD_EVERY_MS).unref();
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await tell();
    },
  };
}
