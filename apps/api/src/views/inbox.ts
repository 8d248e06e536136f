import type { InboxAsk } from '@flotilla/db';
import { z } from 'zod';
import { namedAgentView, toNamedAgentView } from './agent.ts';
import { askView, toAskView } from './ask.ts';
import { excerptOf } from './excerpt.ts';

export const inboxAskView = askView
  .extend({
    missionId: z.string().describe('The mission that waits for the answer.'),
    agent: namedAgentView.nullable(),
    goalExcerpt: z.string().describe('The beginning of the mission’s goal.'),
  })
  .meta({ id: 'InboxAsk' });

/** An open ask, and the mission that waits for its answer. */
export function toInboxAskView(ask: InboxAsk): z.infer<typeof inboxAskView> {
  return {
    ...toAskView(ask),
    missionId: ask.missionId,
    agent: toNamedAgentView(ask.agent ?? undefined),
    goalExcerpt: excerptOf(ask.goal),
  };
}
