import { z } from 'zod';

/** The few calls that `npm start` makes to the API, over HTTP like anyone else's. */
const createdSchema = z.object({ id: z.string() });

const missionSchema = z.object({
  status: z.string(),
  statusReason: z.object({ code: z.string(), message: z.string() }).nullable(),
  runAfter: z.string().nullable(),
  output: z.string().nullable(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number().nullable() }),
});
export type MissionView = z.infer<typeof missionSchema>;

const stepSchema = z.object({
  number: z.number(),
  model: z.string(),
  toolCalls: z.array(
    z.object({
      index: z.number(),
      name: z.string(),
      input: z.unknown(),
      output: z.string().nullable(),
      isError: z.boolean().nullable(),
    }),
  ),
});
export type StepView = z.infer<typeof stepSchema>;
const stepPageSchema = z.object({ data: z.array(stepSchema), nextCursor: z.string().nullable() });

export type ApiClient = {
  createMission(body: object): Promise<{ id: string; tookMs: number }>;
  readMission(id: string): Promise<MissionView>;
  readSteps(id: string): Promise<StepView[]>;
};

/** Every answer that is not a 2xx throws with what the problem document says. */
export function createApiClient(baseUrl: string, apiKey: string): ApiClient {
  async function call<T>(path: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const response = await fetch(`${baseUrl}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }
  return {
    async createMission(body) {
      const sentAt = performance.now();
      const { id } = await call('/v1/missions', createdSchema, body);
      return { id, tookMs: performance.now() - sentAt };
    },
    readMission: (id) => call(`/v1/missions/${id}`, missionSchema),
    async readSteps(id) {
      const steps: StepView[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: z.infer<typeof stepPageSchema> = await call(
          `/v1/missions/${id}/steps?limit=100${cursor && `&cursor=${cursor}`}`,
          stepPageSchema,
        );
        steps.push(...page.data);
        cursor = page.nextCursor;
      }
      return steps;
    },
  };
}
