import { text } from 'node:stream/consumers';
import { generateTypes } from './types.ts';

// The API's document in, the client's types out: tests/integration/api/client.test.ts runs it.
process.stdout.write(generateTypes(JSON.parse(await text(process.stdin))));
