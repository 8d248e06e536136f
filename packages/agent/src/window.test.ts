import type { Message } from '@flotilla/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowOf } from './window.ts';

const said = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const answered = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });

/** What one step adds: a reply that asks for so many calls, and their results. */
function step(number: number, calls: number): Message[] {
  if (calls === 0) return [answered(`reply ${number}`)];
  const ids = Array.from({ length: calls }, (_, index) => `${number}.${index}`);
  return [
    { role: 'assistant', content: ids.map((id) => ({ type: 'tool_call', id, name: 'echo', input: {} })) },
    {
      role: 'tool',
      results: ids.map((toolCallId) => ({
        toolCallId,
        name: 'echo',
        content: '',
        isError: false,
        truncated: false,
        untrusted: false,
      })),
    },
  ];
}

/** Earlier missions of a session, and a mission under way. */
const conversations = fc
  .record({
    earlier: fc.array(fc.array(fc.nat(3), { maxLength: 8 }), { maxLength: 6 }),
    steps: fc.array(fc.nat(3), { maxLength: 40 }),
    size: fc.integer({ min: 3, max: 60 }),
  })
  .map(({ earlier, steps, size }) => {
    const before = earlier.flatMap((mission, place) => [
      said(`earlier goal ${place}`),
      ...mission.flatMap((calls, number) => step(place * 100 + number, calls)),
    ]);
    const own = steps.flatMap((calls, number) => step(10_000 + number, calls));
    return {
      conversation: { messages: [...before, said('the goal'), ...own], goalIndex: before.length, ...PLAIN },
      size,
    };
  });

const callsIn = (messages: readonly Message[]) =>
  messages.flatMap((message) =>
    message.role === 'assistant' ? message.content.flatMap((part) => (part.type === 'tool_call' ? part.id : [])) : [],
  );
const resultsIn = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.role === 'tool' ? message.results.map(({ toolCallId }) => toolCallId) : []));

/** Without a summary, where steps begin does not matter. */
const PLAIN = { starts: [], summary: null };

describe('the window', () => {
  it('shows the goal, begins with the user, and never parts a call from its result, wherever it cuts', () => {
    fc.assert(
      fc.property(conversations, ({ conversation, size }) => {
        const shown = windowOf(conversation, size);
        expect(shown.length).toBeLessThanOrEqual(size);
        expect(shown).toContain(conversation.messages[conversation.goalIndex]);
        expect(shown[0]?.role).toBe('user');
        expect(resultsIn(shown)).toEqual(callsIn(shown));
        for (const [index, message] of shown.entries()) {
          const askedBefore = message.role === 'tool' ? callsIn(shown.slice(index - 1, index)) : [];
          expect(resultsIn([message])).toEqual(askedBefore);
        }
        // The newest are there, all of them and in order: at most the goal, and a result whose call is gone, give way.
        const tail = shown[0] === conversation.messages[conversation.goalIndex] ? shown.slice(1) : shown;
        expect(tail).toEqual(tail.length === 0 ? [] : conversation.messages.slice(-tail.length));
      }),
      { numRuns: 500 },
    );
  });

  it('shows all of a conversation that fits', () => {
    const messages = [said('the goal'), ...step(1, 2)];
    expect(windowOf({ messages, goalIndex: 0, ...PLAIN }, 3)).toEqual(messages);
  });

  it('gives up half of it at once, and no more', () => {
    const messages = [said('the goal'), ...step(1, 1), ...step(2, 1), ...step(3, 1)];
    expect(windowOf({ messages, goalIndex: 0, ...PLAIN }, 5)).toEqual([messages[0], ...messages.slice(3)]);
    expect(windowOf({ messages, goalIndex: 0, ...PLAIN }, 6)).toEqual([messages[0], ...messages.slice(5)]);
  });

  it.each([
    ['of a mission', 0],
    ['of one in a session', 40],
    ['of one in a session that is longer than the window', 61],
  ])(
    '%s stays what it was and grows, for about half its size: what providers keep of a prompt is found again',
    (_of, earlier) => {
      const messages = [
        ...Array.from({ length: earlier }, (_, n) => (n % 2 ? answered(`${n}`) : said(`${n}`))),
        said('the goal'),
      ];
      let before: Message[] = [];
      const moved: number[] = [];
      for (let number = 1; number <= 100; number += 1) {
        const shown = windowOf({ messages, goalIndex: earlier, ...PLAIN }, 50);
        if (before.some((message, index) => message !== shown[index])) moved.push(number);
        before = shown;
        messages.push(...step(number, 1));
      }
      const steps = moved.map((number, index) => number - (moved[index - 1] ?? 0));
      expect(moved.length).toBeGreaterThan(5);
      expect(moved.length).toBeLessThanOrEqual(10);
      // Where a session's own messages end it gives up the rest of them.
      expect(steps.slice(-5).every((apart) => apart >= 12)).toBe(true);
    },
  );
});
