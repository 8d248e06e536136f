import { describe, expect, it } from 'vitest';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('is read and written as W3C has it', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    expect(readTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true });
    expect(readTraceparent(`00-${TRACE}-${SPAN}-02`)?.isSampled).toBe(false);
    expect(writeTraceparent({ traceId: TRACE, spanId: SPAN, isSampled: true })).toBe(header);
  });

  it('of a later version is read as far as this one goes', () => {
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes-then`)).toMatchObject({ traceId: TRACE, spanId: SPAN });
  });

  it.each([
    '',
    'garbage',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}\n-${SPAN}-01`,
  ])('that is none is as good as absent: %j', (header) => {
    expect(readTraceparent(header)).toBeNull();
  });
});
