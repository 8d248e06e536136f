import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Scenario } from '../scenario.ts';

type Told = { ref: string; status: number; told: string | null };

export const cancels: Scenario = {
  name: 'cancels-race',
  about: '1,000 cancels race with the ends of their missions',
  backends: ['redis', 'postgres'],
  load: { burst: 1_000, perSecond: 5, steps: 1, latencyMs: [200, 2_000] },
  mayEnd: ['completed', 'cancelled'],
  async inject({ client, random, injected }) {
    const answers: Told[] = [];
    const chosen = random.shuffle(client.accepted()).slice(0, 1_000);
    await Promise.all(
      chosen.map(async ({ ref, id }) => {
        await sleep(random.between(0, 12_000));
        const answer = await client.cancel(id);
        answers.push({ ref, ...answer });
        injected(`cancel answered ${answer.status}`);
      }),
    );
    return (ends) => judgeCancels(answers, ends);
  },
};

/** A cancel that was accepted ends its mission as cancelled; one that came too late was told the truth. */
function judgeCancels(answers: readonly Told[], ends: Parameters<Check>[0]): string[] {
  const wrong = answers.filter(({ ref, status, told }) => {
    const end = ends.get(ref)?.status;
    return status === 409 ? end !== told : end !== 'cancelled' || (status !== 200 && status !== 202);
  });
  const kinds = Map.groupBy(answers, ({ status }) => status);
  return [
    ...wrong
      .slice(0, 5)
      .map(({ ref, status, told }) => `${ref} was answered ${status} ${told} and is ${ends.get(ref)?.status}`),
    ...(kinds.size < 2 ? [`void: every cancel was answered ${[...kinds.keys()].join()}`] : []),
  ];
}
