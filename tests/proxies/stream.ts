const READ_WITHIN_MS = 60_000;

export type Arrival = { type: string; tookMs: number };

/** Posts a mission and follows its events. @returns each, and how long after it happened it was here */
export async function followMission(to: { url: string; apiKey: string }, mission: object): Promise<Arrival[]> {
  const headers = { authorization: `Bearer ${to.apiKey}` };
  const posted = await fetch(`${to.url}/v1/missions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(mission),
  });
  const { id }: { id: string } = JSON.parse(await posted.text());
  const response = await fetch(`${to.url}/v1/missions/${id}/events`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: AbortSignal.timeout(READ_WITHIN_MS),
  });
  if (!response.body) throw new Error(`the stream was answered with ${response.status} and nothing else`);
  const arrivals: Arrival[] = [];
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const now = Date.now();
    text += chunk;
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    arrivals.push(...frames.flatMap((frame) => readFrame(frame, now)));
  }
  return arrivals;
}

function readFrame(frame: string, now: number): Arrival[] {
  const data = /^data: (.*)$/m.exec(frame)?.[1];
  if (data === undefined || frame.includes('event: delta')) return [];
  const event: { type: string; createdAt: string } = JSON.parse(data);
  return [{ type: event.type, tookMs: now - Date.parse(event.createdAt) }];
}
