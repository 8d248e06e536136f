import { createThrottledLog, type Logger, type SecretBox, UnknownKeyError } from '@flotilla/platform';

/** Opens secrets that sign together; `null`: one of them cannot be opened here. */
export type OpenSecrets = (sealed: readonly string[]) => string[] | null;

const TOLD_AGAIN_AFTER_MS = 600_000;

/**
 * While an encryption key is rotated, what some processes seal others cannot open yet. That is no fault of the mission,
 * the delivery or its receiver, and passes: whoever gets `null` leaves it to others. The operator is told, once for each
 * key and then with a count.
 */
export function createOpenSecrets({
  secrets,
  logger,
}: {
  secrets: Pick<SecretBox, 'open'>;
  logger: Pick<Logger, 'error'>;
}): OpenSecrets {
  const log = createThrottledLog({ log: logger.error, everyMs: TOLD_AGAIN_AFTER_MS });
  return function openSecrets(sealed) {
    try {
      return sealed.map((one) => secrets.open(one));
    } catch (error) {
      if (error instanceof UnknownKeyError) log(error.keyId, LACKS_KEY, { keyId: error.keyId });
      else log('damaged', 'a secret that is stored cannot be opened: it is not what was sealed', { error });
      return null;
    }
  };
}

const LACKS_KEY =
  'a secret was sealed with an encryption key that this worker lacks, and is left to others: put that key behind the ' +
  'first in FLOTILLA_ENCRYPTION_KEYS of every process (docs/operations.md, “Rotating secrets”)';
