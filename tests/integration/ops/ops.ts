import type { TestProcess } from '../../harness/index.ts';
import { waitFor } from '../../harness/index.ts';

/** Where a process says that its operators' port is. */
export async function opsUrlOf(process: TestProcess): Promise<string> {
  const [, url = ''] = await waitFor(() => /ops listening on (http:\/\/[\d.:]+)/.exec(process.output()), {
    what: 'the operators’ port',
  });
  return url;
}
