import {
  MEMORIES_MAX,
  MEMORY_KEY_MAX_CHARS,
  MEMORY_MAX_CHARS,
  type Memory,
  type Ownership,
  storableText,
} from '@flotilla/core';
import { z } from 'zod';
import { defineTool, type RunnableTool, type Tool } from '../tool.ts';

/**
 * What the missions of a session leave for each other. Only the mission's owner writes, and what `write` throws is shown
 * to the model.
 */
export type MemoryStore = {
  /** By key; `null`: the mission belongs to no session. */
  read(owner: Ownership): Promise<Memory[] | null>;
  /** With `content` `null` the key is forgotten. */
  write(owner: Ownership, memory: { key: string; content: string | null }): Promise<void>;
};

const keySchema = storableText(MEMORY_KEY_MAX_CHARS).describe('A short name for it');

export function createMemoryTools({ memory }: { memory: MemoryStore }): Tool[] {
  return [createRemember(memory), createRecall(memory), createForget(memory)];
}

function createRemember(memory: MemoryStore): RunnableTool {
  return defineTool({
    name: 'remember',
    description:
      'Remembers a fact for the next tasks of this conversation, under a key; what was under it before is replaced. ' +
      `At most ${MEMORIES_MAX} keys.`,
    input: z.strictObject({ key: keySchema, content: storableText(MEMORY_MAX_CHARS) }),
    idempotent: true,
    untrusted: false,
    async run({ key, content }, owner) {
      await memory.write(owner, { key, content });
      return `Remembered as ${JSON.stringify(key)}`;
    },
  });
}

function createRecall(memory: MemoryStore): RunnableTool {
  return defineTool({
    name: 'recall',
    description: 'Tells what is remembered in this conversation: all of it, or what is under one key.',
    input: z.strictObject({ key: keySchema.optional() }),
    idempotent: true,
    // What a mission has read may be what it had remembered, long after its journal is gone.
    untrusted: true,
    async run({ key }, owner) {
      const all = await memory.read(owner);
      if (all === null) return 'This task belongs to no conversation; nothing is remembered.';
      const found = key === undefined ? all : all.filter((entry) => entry.key === key);
      if (found.length > 0) return found.map((entry) => `${entry.key}: ${entry.content}`).join('\n');
      const keys = all.map((entry) => entry.key).join(', ');
      return keys === '' ? 'Nothing is remembered.' : `Nothing is remembered under that key. There is: ${keys}`;
    },
  });
}

function createForget(memory: MemoryStore): RunnableTool {
  return defineTool({
    name: 'forget',
    description: 'Forgets what is remembered under a key.',
    input: z.strictObject({ key: keySchema }),
    idempotent: true,
    untrusted: false,
    async run({ key }, owner) {
      await memory.write(owner, { key, content: null });
      return `Nothing is remembered under ${JSON.stringify(key)} any more`;
    },
  });
}
