import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { HPA_DEFAULTS, type HpaSpec } from './hpa.ts';

const PATH = 'k8s/overlays/production/worker-autoscaler.yaml';

const policy = z.object({
  type: z.enum(['Pods', 'Percent']),
  value: z.int().min(1),
  periodSeconds: z.int().min(1),
});
/** Only as our controller plays it: of several policies, the one that allows the most counts. */
const behavior = z.object({
  stabilizationWindowSeconds: z.int().min(0),
  selectPolicy: z.literal('Max').default('Max'),
  policies: z.array(policy).min(1),
});
const metric = z.object({
  type: z.literal('External'),
  external: z.object({
    metric: z.object({ name: z.literal('flotilla_pool_desired_workers') }),
    target: z.object({ type: z.literal('AverageValue'), averageValue: z.coerce.number().positive() }),
  }),
});
const autoscaler = z.object({
  kind: z.literal('HorizontalPodAutoscaler'),
  spec: z.object({
    minReplicas: z.int().min(1),
    maxReplicas: z.int().min(1),
    metrics: z.array(z.union([metric, z.object({ type: z.literal('Resource') })])),
    behavior: z.object({ scaleUp: behavior, scaleDown: behavior }),
  }),
});

/**
 * What production's autoscaler of the workers does by the metric of the backlog.
 * @throws {ZodError} when its manifest says something that our controller does not play
 */
export function readAutoscaler(): HpaSpec & { path: string } {
  const text = readFileSync(join(import.meta.dirname, '../..', PATH), 'utf8');
  const { minReplicas, maxReplicas, metrics, behavior: own } = autoscaler.parse(parse(text)).spec;
  const target = metrics.find((one) => one.type === 'External')?.external.target.averageValue;
  if (target === undefined) throw new Error(`${PATH} does not scale by the backlog`);
  const { tolerance } = HPA_DEFAULTS;
  return { path: PATH, minReplicas, maxReplicas, target, tolerance, scaleUp: own.scaleUp, scaleDown: own.scaleDown };
}
