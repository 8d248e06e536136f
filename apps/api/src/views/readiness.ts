import { z } from 'zod';

export const livenessView = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });

export const readinessView = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    checks: z.record(z.string(), z.enum(['ok', 'failed', 'timed_out', 'stopping'])),
  })
  .meta({ id: 'Readiness' });
