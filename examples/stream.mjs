// Follows a mission: what happens, and what its model writes, word by word. A connection that breaks is made again.
import { connect } from './connect.mjs';

const client = connect();

const { id } = await client.missions.create({ goal: 'What are the first ten prime numbers?' });

let isWriting = false;
for await (const item of client.missions.stream(id)) {
  if (item.kind === 'delta') process.stdout.write(item.text);
  else console.log(`${isWriting ? '\n' : ''}[${item.sequence}] ${item.type}`);
  isWriting = item.kind === 'delta';
}
