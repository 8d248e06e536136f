import { z } from 'zod';

export const toolOutputView = z
  .object({
    step: z.int(),
    call: z.int(),
    output: z.string().describe('As much as was stored, which may be more than the model was shown.'),
  })
  .meta({ id: 'ToolOutput' });

/** What came of a tool call; `step` and `call` name it. */
export function toToolOutputView({
  step,
  call,
  output,
}: z.infer<typeof toolOutputView>): z.infer<typeof toolOutputView> {
  return { step, call, output };
}
