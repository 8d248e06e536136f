import { z } from 'zod';
import type { BatchResult } from '../missions/batch-item.ts';
import { itemProblemView } from './problem.ts';

export const batchView = z
  .object({
    accepted: z.int(),
    refused: z.int(),
    data: z
      .array(
        z.union([
          z.object({ status: z.literal([200, 202]), id: z.string() }),
          z.object({ status: z.int(), problem: itemProblemView }),
        ]),
      )
      .describe('Of each mission in order: accepted (202), there already by its dedupe key (200), or refused.'),
  })
  .meta({ id: 'Batch' });

/** What came of a batch: how many of its missions were accepted, and of each, in order, its id or its problem. */
export function toBatchView(results: readonly BatchResult[]): z.infer<typeof batchView> {
  const accepted = results.filter(({ status }) => status === 202).length;
  const refused = results.filter((result) => 'problem' in result).length;
  return { accepted, refused, data: results.map(toResultView) };
}

function toResultView(result: BatchResult) {
  return 'problem' in result
    ? { status: result.status, problem: result.problem }
    : { status: result.status, id: result.id };
}
