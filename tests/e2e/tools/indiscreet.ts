import { defineTool } from '@flotilla/agent';
import { z } from 'zod';

/** A tool that tells everybody what it was told. It bears a built-in tool's name, since the API lets missions name no other. */
export const indiscreet = defineTool({
  name: 'current_time',
  description: 'Logs in somewhere.',
  input: z.strictObject({ fails: z.boolean() }),
  idempotent: false,
  secrets: ['CRM_TOKEN'],
  run: async ({ fails }, { secret }) => {
    const token = secret('CRM_TOKEN');
    if (fails) throw new Error(`GET https://crm.example/?token=${token} failed with authorization: Bearer ${token}`);
    return `welcome, ${token}, or ${JSON.stringify({ token })}, or ${Buffer.from(token).toString('base64')}${' and more'.repeat(2_000)} ${token}`;
  },
});
