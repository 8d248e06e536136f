import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, MissionView, StepView } from './api-client.ts';

const LOOK_EVERY_MS = 100;
const SHOWN_CHARS = 160;
const ENDED = new Set(['completed', 'failed', 'cancelled']);

/** Prints each step and each tool result once, as soon as it is committed, until the mission has ended. */
export async function followMission(
  api: ApiClient,
  missionId: string,
  print: (line: string) => void,
): Promise<MissionView> {
  const printed = new Set<string>();
  function once(key: string, line: string): void {
    if (printed.has(key)) return;
    printed.add(key);
    print(line);
  }
  for (;;) {
    // The status first: whatever was committed before it is then in the steps.
    const mission = await api.readMission(missionId);
    for (const step of await api.readSteps(missionId)) show(step, once);
    if (mission.status === 'queued' && mission.statusReason) {
      const { code, message } = mission.statusReason;
      once(
        `${code} ${mission.runAfter}`,
        `  queued   ${code}: ${message}; again at ${mission.runAfter ?? 'any moment'}`,
      );
    }
    if (ENDED.has(mission.status)) return mission;
    await sleep(LOOK_EVERY_MS);
  }
}

function show(step: StepView, once: (key: string, line: string) => void): void {
  const asks = step.toolCalls.map((call) => call.name).join(', ');
  once(`${step.number}`, `  step ${step.number}  ${step.model} ${asks === '' ? 'answers' : `asks for ${asks}`}`);
  for (const call of step.toolCalls) {
    if (call.output === null) continue;
    const mark = call.isError ? 'failed' : '→';
    once(
      `${step.number}.${call.index}`,
      `          ${call.name} ${shortened(JSON.stringify(call.input))} ${mark} ${shortened(call.output)}`,
    );
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line;
}
