import { createApiClient } from './api-client.ts';
import type { Config } from './config.ts';
import { followMission } from './follow-mission.ts';
import { startStack } from './stack.ts';

const WEBHOOK_WITHIN_MS = 30_000;

export type LocalRun = { goal: string; once: boolean; dataDir: string; config: Config; print(line: string): void };

type Part = { name: string; stop(): Promise<void> };

/** @returns the exit code */
export async function runLocal({ goal, once, dataDir, config, print }: LocalRun): Promise<number> {
  const parts: Part[] = [];
  const interrupted = listenForInterrupt();
  try {
    print('Flotilla, locally');
    const stack = await Promise.race([
      startStack({ config, dataDir, print, started: (part) => void parts.push(part) }),
      interrupted,
    ]);
    if (stack === 'interrupted') return 130;
    const api = createApiClient(stack.apiUrl, stack.keys.apiKey);

    const run = async (): Promise<number> => {
      print(`\nMission: ${goal}`);
      if (config.defaultModel.startsWith('sim/')) {
        print(`(${config.defaultModel} is a simulator that plays the model; the tools are real)`);
      }
      const { id, tookMs } = await api.createMission({
        goal,
        model: config.defaultModel,
        webhook: { url: stack.receiver.url },
      });
      print(`  202 in ${tookMs.toFixed(0)} ms, ${id}`);
      const mission = await followMission(api, id, print);
      const webhook = await Promise.race([stack.receiver.next(id), after(WEBHOOK_WITHIN_MS)]);
      if (webhook === 'too late') {
        print(
          `  webhook  none was accepted within ${WEBHOOK_WITHIN_MS / 1_000} s (${stack.receiver.refusal ?? 'none came'})`,
        );
      } else {
        print(`  webhook  ${webhook.type} received, signature verified (${webhook.id})`);
      }
      const { inputTokens, outputTokens, costUsd } = mission.usage;
      print(
        `\n${mission.output ?? `${mission.status}: ${mission.statusReason?.code} – ${mission.statusReason?.message}`}\n`,
      );
      print(
        `Cost: ${costUsd === null ? 'no price known' : `$${costUsd}`} (${inputTokens} tokens in, ${outputTokens} out)`,
      );
      return mission.status === 'completed' && webhook !== 'too late' ? 0 : 1;
    };

    const code = await Promise.race([run(), stack.failed, interrupted]);
    if (code === 'interrupted') return 130;
    if (once) return code;
    print(usageHint(stack.apiUrl, stack.keys.apiKey));
    await Promise.race([interrupted, stack.failed]);
    return 0;
  } finally {
    await stopAll(parts, print);
  }
}

function usageHint(apiUrl: string, apiKey: string): string {
  return `
Serving until Ctrl-C. The API is ${apiUrl}, the key ${apiKey}

  curl -s ${apiUrl}/v1/missions -H 'authorization: Bearer ${apiKey}' \\
    -H 'content-type: application/json' -d '{"goal": "What is 12.5% of 3480?"}'
`;
}

/** Resolves at the first Ctrl-C or SIGTERM. The second one leaves at once; what runs then ends with this process. */
function listenForInterrupt(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve('interrupted');
      });
    }
  });
}

async function stopAll(parts: Part[], print: (line: string) => void): Promise<void> {
  for (let part = parts.pop(); part; part = parts.pop()) {
    try {
      await part.stop();
    } catch (error) {
      print(`  stopping ${part.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function after(ms: number): Promise<'too late'> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, 'too late').unref();
  });
}
