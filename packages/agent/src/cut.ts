import { TOOL_OUTPUT_SHOWN_BYTES, TOOL_OUTPUT_STORED_BYTES } from '@flotilla/core';

/** `stored` is what is kept beside `shown` where that is cut, else `null`. */
export type CutOutput = { shown: string; stored: string | null };

/** The longest beginning of `text` that fits into `maxBytes` of UTF-8; never ends within a character. */
export function cutAtBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

const CUT_HERE = '\n[output cut here:';

/** How many characters of an output that was cut are shown. */
export function lengthShown(content: string): number {
  return content.lastIndexOf(CUT_HERE);
}

/** Cuts a tool's output for the model, marker included, and bounds what is stored of it. Sizes from `core`'s tunables. */
export function cutOutput(output: string): CutOutput {
  const bytes = Buffer.byteLength(output);
  if (bytes <= TOOL_OUTPUT_SHOWN_BYTES) return { shown: output, stored: null };
  const kept = bytes <= TOOL_OUTPUT_STORED_BYTES ? 'all of them' : `the first ${TOOL_OUTPUT_STORED_BYTES}`;
  const marker = `${CUT_HERE} it has ${bytes} bytes; ${kept} are stored with the mission]`;
  return {
    shown: cutAtBytes(output, TOOL_OUTPUT_SHOWN_BYTES - Buffer.byteLength(marker)) + marker,
    stored: cutAtBytes(output, TOOL_OUTPUT_STORED_BYTES),
  };
}
