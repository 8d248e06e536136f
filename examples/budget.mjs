// A mission that may not spend more than it is given: it stops before it would, and asks.
import { connect } from './connect.mjs';

const client = connect();

const { id } = await client.missions.create({
  goal: 'What is 17.5% of 2,840?',
  // Or `usd`, `tokens`, `wallClockSeconds`. With `onExhausted: 'fail'` it would fail instead of asking.
  budget: { steps: 1, onExhausted: 'pause' },
});

for await (const { type } of client.missions.stream(id)) {
  if (type !== 'mission.waiting') continue;
  const { statusReason, budget, asks } = await client.missions.get(id);
  console.log(`${statusReason?.code}: ${budget?.steps?.spent} of ${budget?.steps?.limit} steps are spent`);
  for (const ask of asks) await client.missions.answer(id, { askId: ask.id, answer: { steps: 5 } });
}

const { status, output, budget } = await client.missions.get(id);
console.log(`${status}: ${output}`);
console.log(`${budget?.steps?.spent} of ${budget?.steps?.limit} steps`);
