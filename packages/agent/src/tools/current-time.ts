import { z } from 'zod';
import type { RunnableTool } from '../tool.ts';
import { defineTool } from '../tool.ts';

export function createCurrentTime({ now = () => new Date() }: { now?: () => Date } = {}): RunnableTool {
  return defineTool({
    name: 'current_time',
    description: 'Tells the current date, time and weekday, in UTC or in a time zone.',
    input: z.strictObject({
      timeZone: z
        .string()
        .max(100)
        .refine(isTimeZone, { error: 'is not an IANA time zone such as Europe/Berlin or UTC' })
        .default('UTC')
        .describe('IANA time zone, for example Europe/Berlin'),
    }),
    idempotent: true,
    untrusted: false,
    async run({ timeZone }) {
      return describeTime(now(), timeZone);
    },
  });
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** ISO 8601 with the offset, then the weekday: `2026-03-01T09:30:00+01:00 (Sunday, Europe/Berlin)`. */
function describeTime(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'long',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  // `GMT+01:00`; older ICU data writes an offset of zero as plain `GMT`.
  const offset = part.timeZoneName === 'GMT' ? '+00:00' : part.timeZoneName?.replace('GMT', '');
  const iso = `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}${offset}`;
  return `${iso} (${part.weekday}, ${timeZone})`;
}
