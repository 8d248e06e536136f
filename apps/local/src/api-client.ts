/** The few calls that `npm start` makes to the API, over HTTP like anyone else's. */
export type MissionView = {
  id: string;
  status: string;
  statusReason: { code: string; message: string } | null;
  output: string | null;
  usage: { inputTokens: number; outputTokens: number; costUsd: string | number | null };
};

export type ToolCallView = { index: number; name: string; input: unknown; result: { content: string; isError: boolean } | null };
export type StepView = { number: number; model: string; text: string; toolCalls: ToolCallView[] };

export type ApiClient = {
  createMission(body: object): Promise<{ id: string; tookMs: number }>;
  readMission(id: string): Promise<MissionView>;
  readSteps(id: string): Promise<StepView[]>;
};

/** Every answer that is not a 2xx throws with what the problem document says. */
export function createApiClient(baseUrl: string, apiKey: string): ApiClient {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
  return {
    async createMission(body) {
      const sentAt = performance.now();
      const { id } = await call<{ id: string }>('POST', '/v1/missions', body);
      return { id, tookMs: performance.now() - sentAt };
    },
    readMission: (id) => call<MissionView>('GET', `/v1/missions/${id}`),
    async readSteps(id) {
      return (await call<{ data: StepView[] }>('GET', `/v1/missions/${id}/steps?limit=100`)).data;
    },
  };
}
