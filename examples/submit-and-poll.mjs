// Submits a mission and asks how it stands until it is over.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './connect.mjs';

const client = connect();

const { id } = await client.missions.create({ goal: 'What is 12.5% of 3,480 plus 7 squared?' });
console.log(`accepted: ${id}`);

let mission = await client.missions.get(id);
while (mission.finishedAt === null) {
  await sleep(200);
  mission = await client.missions.get(id);
}
console.log(`${mission.status}: ${mission.output}`);
console.log(`spent: ${mission.usage.inputTokens + mission.usage.outputTokens} tokens, $${mission.usage.costUsd}`);

// Asking again and again is what `wait` spares you: the API answers the moment it is over.
const result = await client.missions.wait(id);
console.log(`wait says the same: ${result.status}`);
