/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; a later version may go on after that. */
const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export type TraceIds = { traceId: string; spanId: string; isSampled: boolean };

/** What a `traceparent` header names; `null` for one that is none, which is as good as absent. */
export function readTraceparent(header: string): TraceIds | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = PATTERN.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function writeTraceparent({ traceId, spanId, isSampled }: TraceIds): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
