import type { BatchResult } from '../missions/batch-item.ts';

/** What came of a batch: how many of its missions were accepted, and of each, in order, its id or its problem. */
export function toBatchView(results: readonly BatchResult[]) {
  const accepted = results.filter(({ status }) => status === 202).length;
  const refused = results.filter((result) => 'problem' in result).length;
  return { accepted, refused, data: results.map(toResultView) };
}

function toResultView(result: BatchResult) {
  return 'problem' in result
    ? { status: result.status, problem: result.problem }
    : { status: result.status, id: result.id };
}
