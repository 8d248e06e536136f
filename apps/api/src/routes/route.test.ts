import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkScopes, type Route } from './route.ts';

const route: Route = {
  method: 'GET',
  path: '/v1/things',
  scope: 'missions:read',
  summary: 'Things.',
  replies: { 200: z.object({}) },
  handle: async () => ({ status: 200, body: {} }),
};

describe('checkScopes', () => {
  it('lets routes with a scope be served', () => {
    expect(() => checkScopes([route])).not.toThrow();
  });

  it('stops the boot for a route without one, or with one that no key can carry', () => {
    const undeclared = Object.defineProperty({ ...route }, 'scope', { value: undefined });
    expect(() => checkScopes([route, undeclared])).toThrow('GET /v1/things declares no scope');
    const unknown = Object.defineProperty({ ...route }, 'scope', { value: 'everything' });
    expect(() => checkScopes([unknown])).toThrow('declares no scope');
  });
});
