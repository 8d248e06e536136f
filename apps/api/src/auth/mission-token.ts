import { isId } from '@flotilla/core';
import type { SecretBox } from '@flotilla/platform';
import { z } from 'zod';

/** Who may read what, until when. `keyPrefix`: the key it was made with, without which it is worth nothing. */
export type MissionToken = { missionId: string; keyPrefix: string; expiresAt: Date };

const BEGINNING = 'fl_tok_';
/** Whatever else is sealed with the same keys is no token. */
const KIND = 'mission-token';
const SHAPE = /^fl_tok_[A-Za-z0-9_-]{100,600}$/;

/**
 * Tokens that carry what they are good for, sealed with the deployment's own keys: every API process can read them, and
 * nobody else can make or change one. Nothing of them is stored, unless an Idempotency-Key asks for the same one again.
 */
export function createMissionTokens({ seal, open }: SecretBox) {
  return {
    make({ missionId, keyPrefix, expiresAt }: MissionToken): string {
      const sealed = seal(JSON.stringify([KIND, missionId, keyPrefix, expiresAt.getTime()]));
      return `${BEGINNING}${Buffer.from(sealed).toString('base64url')}`;
    },

    /** `null` for what is none. Says nothing about whether its time is over, or its key still there. */
    read(token: string): MissionToken | null {
      if (!SHAPE.test(token)) return null;
      try {
        return parse(open(Buffer.from(token.slice(BEGINNING.length), 'base64url').toString('utf8')));
      } catch {
        // Sealed by nobody we know, tampered with, or not JSON.
        return null;
      }
    },
  };
}

export type MissionTokens = ReturnType<typeof createMissionTokens>;

const content = z.tuple([z.literal(KIND), z.string().refine((id) => isId('mission', id)), z.string(), z.number()]);

function parse(text: string): MissionToken | null {
  const parsed = content.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const [, missionId, keyPrefix, expiresAtMs] = parsed.data;
  return { missionId, keyPrefix, expiresAt: new Date(expiresAtMs) };
}
