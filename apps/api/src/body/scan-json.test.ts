import { describe, expect, it } from 'vitest';
import { scanJson } from './scan-json.ts';
import { finish } from './slices.ts';

const limits = { maxDepth: 4, maxKeys: 5 };

function scan(text: string | Buffer) {
  return finish(scanJson(Buffer.from(text), limits)).fault;
}

describe('scanJson', () => {
  it.each([
    '{}',
    '[]',
    '"text"',
    '-0',
    '1.5e3',
    '9007199254740991',
    '{"a":{"b":{"c":{"d":1}}}}',
    '{"a":1,"b":2,"c":3,"d":4,"e":5}',
    '[{"a":1},{"a":2}]',
    '{"text":"{[\\"__proto__\\": 1e999 }]"}',
    '["__proto__","constructor"]',
    '{"a":"\\\\"}',
  ])('lets %s through', (text) => {
    expect(scan(text)).toBeNull();
  });

  it('stops at the first level too many, however deep it goes on', () => {
    expect(scan('[[[[[]]]]]')?.code).toBe('body_too_deep');
    expect(scan('{"a":{"b":{"c":{"d":{}}}}}')).toMatchObject({ code: 'body_too_deep', path: '/a/b/c/d' });
    expect(scan('['.repeat(1_000_000))?.code).toBe('body_too_deep');
  });

  it('does not count siblings as depth', () => {
    expect(scan('[[[[]],[[]]],[[[]]]]')).toBeNull();
  });

  it('counts keys over the whole document', () => {
    expect(scan('[{"a":1,"b":2,"c":3},{"a":1,"b":2,"c":3}]')?.code).toBe('body_too_many_keys');
  });

  it.each([
    ['{"__proto__":{}}', '/__proto__'],
    ['{"a":[1,{"constructor":1}]}', '/a/1/constructor'],
    ['{"a":{"prototype" \n : 1}}', '/a/prototype'],
    ['{"__pro\\u0074o__":1}', '/__proto__'],
    ['{"\\u005f_proto__":1}', '/__proto__'],
  ])('finds the forbidden key in %s', (text, path) => {
    expect(scan(text)).toMatchObject({ code: 'forbidden_key', path });
  });

  it.each([
    ['{"a":1,"a":2}', '/a'],
    ['{"b":{"a":1,"\\u0061":2}}', '/b/a'],
    ['{"é":1,"\\u00e9":2}', '/é'],
  ])('finds the repeated key in %s', (text, path) => {
    expect(scan(text)).toMatchObject({ code: 'invalid_request', path, message: 'is given twice' });
  });

  it.each(['1e400', '-1e400', '9007199254740993', '9007199254740992', '-9007199254740993', '1e200000'])(
    'refuses the number %s',
    (number) => {
      expect(scan(`{"a":[0,${number}]}`)).toMatchObject({ code: 'invalid_request', path: '/a/1' });
    },
  );

  it('shortens a monstrous key in its answer', () => {
    const key = 'k'.repeat(100_000);
    expect(scan(`{"${key}":1,"${key}":2}`)?.path.length).toBeLessThan(100);
  });

  it.each(['{"a', '{"a\\', '{"a":', '{"a"', '[1,', '"', '\\', '}]}', '{"a":1}}', '-', '{,,}', '\u0000'])(
    'survives what is no JSON: %j',
    (text) => {
      expect(scan(text)).toBeNull();
    },
  );

  it('survives any bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(scan(Buffer.concat([Buffer.from('{"'), bytes, Buffer.from('"')]))).toBeNull();
  });
});
