import { type Outbound, OutboundRefusedError } from '@flotilla/platform';
import { ProblemError } from '../problem.ts';

/**
 * Judges where a webhook is to be sent. DNS is not asked: the guard asks at every delivery, and an answer given now would
 * say nothing about later.
 * @param named the URL, and where in the body it stands, as a JSON pointer
 * @throws {ProblemError} `url_not_allowed`
 */
export async function checkWebhookUrl(
  outbound: Pick<Outbound, 'checkUrl'>,
  { url, path }: { url: string; path: string },
): Promise<void> {
  try {
    await outbound.checkUrl(url);
  } catch (error) {
    if (!(error instanceof OutboundRefusedError)) throw error;
    throw new ProblemError('url_not_allowed', `The webhook cannot be sent there: ${error.message}.`, {
      errors: [{ path, message: error.message }],
      members: { reason: error.reason },
      cause: error,
    });
  }
}
