import { randomUUID } from 'node:crypto';
import { RING_TIMEOUT_MS, type SharedDocument, type SharedDocuments } from '@flotilla/core';
import type { Redis } from 'ioredis';
import { within } from '../within.ts';
import { whenReady } from './connection.ts';

/** A document nobody has written for so long says nothing any more. */
const KEPT_MS = 3_600_000;

const READ = `
local time = redis.call('TIME')
local document = redis.call('HMGET', KEYS[1], 'text', 'version')
return { document[1], document[2], time[1], time[2] }`;

const WRITE = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'text', ARGV[2], 'version', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

/**
 * Documents in hashes. A version is a random name and no number: after a loss of data numbers would begin again, and a
 * reader of before would pass for one of now.
 */
export function createRedisDocuments(client: Redis, prefix: string): SharedDocuments {
  const keyOf = (name: string) => `${prefix}:documents:${name}`;
  const ready = () => within(whenReady(client), RING_TIMEOUT_MS, 'connecting to Redis');

  return {
    async read(name) {
      await ready();
      return toDocument(await client.eval(READ, 1, keyOf(name)));
    },
    async write({ name, text, version }) {
      await ready();
      return (await client.eval(WRITE, 1, keyOf(name), version ?? '', text, randomUUID(), KEPT_MS)) === 1;
    },
  };
}

function toDocument(reply: unknown): SharedDocument {
  if (!Array.isArray(reply)) throw new Error('Redis answered a read with no list');
  const [text, version, seconds, micros] = reply as unknown[];
  return {
    text: typeof text === 'string' ? text : null,
    version: typeof version === 'string' ? version : null,
    nowMs: Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000),
  };
}
