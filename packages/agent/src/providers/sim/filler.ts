const LINE = 'Filler written by the Flotilla simulator. ';

/** Exactly `bytes` bytes of plain ASCII, the same every time. */
export function filler(bytes: number): string {
  return LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
}
