import { isId } from '@flotilla/core';
import type { Reply } from '../http/reply.ts';

/** The mission that a path names; `null` where it names none, or what cannot be the id of one. */
export function missionInPath({ missionId }: Readonly<Record<string, unknown>>): string | null {
  return missionAmong([missionId]);
}

/** The mission that an answer is about: it is one, or something of one. */
export function missionInBody(body: Reply['body']): string | null {
  return body === null ? null : missionAmong([Reflect.get(body, 'id'), Reflect.get(body, 'missionId')]);
}

function missionAmong(ids: readonly unknown[]): string | null {
  return ids.find((id): id is string => typeof id === 'string' && isId('mission', id)) ?? null;
}
