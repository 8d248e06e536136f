import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { ReceiverFaults } from './log.ts';
import { runWitness } from './witness.ts';

const SLOW_MS = 3_000;
const verifier = new Webhook(process.env['WEBHOOK_SECRET'] ?? '');
const seen = new Set<string>();
let faults: ReceiverFaults = { first: [], isDown: false };

const witness = await runWitness({
  onFaults({ receiver }) {
    if (!receiver) return;
    faults = receiver;
    void (receiver.isDown ? witness.close() : witness.open());
  },
  async handle(request, body, response) {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const id = headers['webhook-id'] ?? '';
    let verified = true;
    try {
      verifier.verify(body, headers);
    } catch {
      verified = false;
    }
    const { type, data } = JSON.parse(body);
    const fate = seen.has(id) ? undefined : faults.first[seen.size % Math.max(1, faults.first.length)];
    seen.add(id);
    const accepted = fate === undefined || fate === 'slow';
    const about = { type, missionId: data.id, ref: data.metadata.ref ?? '' };
    witness.note({ kind: 'webhook', at: Date.now(), id, ...about, verified, accepted: accepted && verified });
    if (fate === 'slow') await sleep(SLOW_MS);
    if (fate === 'close') response.destroy();
    else if (fate === 'error') response.writeHead(500).end();
    else response.writeHead(verified ? 204 : 400).end();
  },
});
