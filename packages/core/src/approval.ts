import { z } from 'zod';
import { storableJsonObject } from './storable-json.ts';
import { storableText } from './storable-text.ts';

const APPROVAL_MESSAGE_MAX_CHARS = 10_000;

/**
 * How an approval is answered. With `arguments` an approved call is made with these in place of the model's own;
 * `message` tells the model why.
 */
export const approvalAnswerSchema = z
  .strictObject({
    decision: z.enum(['approved', 'rejected']),
    message: storableText(APPROVAL_MESSAGE_MAX_CHARS).optional(),
    arguments: storableJsonObject.optional(),
  })
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;
