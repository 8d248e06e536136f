import { expect, it } from 'vitest';
import { approvalAnswerSchema } from './approval.ts';

it('takes other arguments for an approved call, if they can be stored', () => {
  const answer = { decision: 'approved', arguments: { to: 'a', parts: ['b'] } } as const;
  expect(approvalAnswerSchema.parse(answer)).toEqual(answer);
  const { error } = approvalAnswerSchema.safeParse({ ...answer, arguments: { k: '\udfff\ud800' } });
  expect(error?.issues).toMatchObject([
    { path: ['arguments'], message: 'must not contain the null character or half of a surrogate pair' },
  ]);
});
