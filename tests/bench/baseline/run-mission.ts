import { callModel, type Message, type Reply, runTool } from './model.ts';
import type { Store } from './store.ts';

/** The job: claim → model → save → tool → save → … → finish. Goes on after the last saved step when it is run again. */
export function createMissionRunner(store: Store): (missionId: string) => Promise<void> {
  return async function runMission(missionId) {
    const mission = await store.claim(missionId);
    if (!mission) return;
    const standing = mission.attempt === 1 ? { steps: [], sequence: 2 } : await store.standing(missionId);
    const messages: Message[] = [{ role: 'user', text: mission.goal }];
    let { sequence } = standing;
    let number = 0;

    const toolOf = async (reply: Reply, saved: string | null): Promise<void> => {
      messages.push({ role: 'assistant', text: reply.text });
      if (!reply.toolCall) return;
      const result = saved ?? (await runTool(reply.toolCall));
      if (saved === null) {
        await store.saveToolResult({ missionId, number, sequence: sequence + 1 }, reply.toolCall.name, result);
        sequence += 2;
      }
      messages.push({ role: 'tool', text: result });
    };

    for (const { response, result } of standing.steps) {
      number += 1;
      await toolOf(response, result);
    }
    for (;;) {
      number += 1;
      const startedAt = new Date();
      const reply = await callModel(messages, mission.options);
      if (!reply.toolCall) {
        await store.saveFinalResponse({ missionId, number, sequence: sequence + 1 }, startedAt, reply);
        await store.finish(missionId, sequence + 2, reply.text);
        return;
      }
      await store.saveResponse({ missionId, number, sequence }, startedAt, reply);
      await toolOf(reply, null);
    }
  };
}
