import type { Message } from '@flotilla/core';
import { HISTORY_WINDOW_MESSAGES } from '@flotilla/core';

/** A conversation, and which of its messages says what the mission, or the stage of its chain, is to do. */
export type Conversation = { messages: Message[]; goalIndex: number };

/**
 * What of a conversation the model is shown: its last messages, at most so many. The goal is always among them, in
 * front where the window has passed it by. A tool call is never parted from its result, and what the window begins with
 * was said by the user: providers refuse anything else. The journal keeps all of it.
 */
export function windowOf({ messages, goalIndex }: Conversation, size: number = HISTORY_WINDOW_MESSAGES): Message[] {
  if (messages.length <= size) return [...messages];
  const from = messages.length - size;
  if (from > goalIndex) return [...messages.slice(goalIndex, goalIndex + 1), ...tailFrom(messages, from + 1)];
  // The goal itself, at the latest, is the user's.
  return messages.slice(messages.findIndex((message, index) => index >= from && message.role === 'user'));
}

/** Results belong to the reply just before them: where that is outside, so are they. */
function tailFrom(messages: readonly Message[], from: number): Message[] {
  return messages.slice(messages[from]?.role === 'tool' ? from + 1 : from);
}
