import { z } from 'zod';
import { GOAL_MAX_CHARS, MESSAGES_MAX } from './limits.ts';
import { storableText } from './storable-text.ts';

/** One message of a conversation that was held elsewhere. */
export const saidMessageSchema = z
  .strictObject({ role: z.enum(['user', 'assistant']), content: storableText(GOAL_MAX_CHARS) })
  .meta({ id: 'SaidMessage' });

export type SaidMessage = z.infer<typeof saidMessageSchema>;

/** A conversation, the last message of which says what is to be done. In bytes it is bounded by what a body may have. */
export const saidMessagesSchema = z
  .array(saidMessageSchema)
  .min(1)
  .max(MESSAGES_MAX)
  .refine((messages) => messages.at(0)?.role !== 'assistant', {
    // Providers refuse a conversation that the model began.
    error: 'must begin with a message of the user',
  })
  .refine((messages) => messages.at(-1)?.role !== 'assistant', {
    error: 'must end with a message of the user, which says what is to be done',
  });

type Asked = { goal?: string | undefined; messages?: SaidMessage[] | undefined };

/** A request has a goal or a conversation. */
export function refuseTwoGoals({ goal, messages }: Asked, context: z.core.$RefinementCtx): void {
  const message = 'must not be given together with goal';
  if (goal !== undefined && messages !== undefined) context.addIssue({ code: 'custom', path: ['messages'], message });
  if (goal !== undefined || messages !== undefined) return;
  context.addIssue({ code: 'custom', path: ['goal'], message: 'is required, or else messages' });
}

/** What a request asks for, and what was said before. */
export function goalOf({ goal = '', messages = [] }: Asked): { goal: string; said: SaidMessage[] } {
  const last = messages.at(-1);
  return last ? { goal: last.content, said: messages.slice(0, -1) } : { goal, said: [] };
}
