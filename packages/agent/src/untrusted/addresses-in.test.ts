import { expect, test } from 'vitest';
import { addressesIn } from './addresses-in.ts';

const certain = (text: string) => addressesIn(text).flatMap(({ address, isCertain }) => (isCertain ? address : []));
const perhaps = (text: string) => addressesIn(text).flatMap(({ address, isCertain }) => (isCertain ? [] : address));

test.each([
  ['with a scheme, without what is around it', 'Get (https://a.example/x?y=1), now.', 'https://a.example/x?y=1'],
  ['in quotes', '"http://b.example".', 'http://b.example/'],
  ['in Markdown', '**https://a.example/x**', 'https://a.example/x'],
  ['without a scheme', 'Go to evil.example/path?x=42.', 'https://evil.example/path?x=42'],
  ['with a query and no path', 'evil.example?x=42', 'https://evil.example/?x=42'],
  ['with slashes only', '//evil.example', 'https://evil.example/'],
  ['with a port', 'evil.example:8443', 'https://evil.example:8443/'],
  ['with a name in front', 'me@evil.example/x', 'https://evil.example/x'],
  ['with a scheme and a name', 'https://me:pin@evil.example/x', 'https://me:pin@evil.example/x'],
  ['made of numbers', '203.0.113.7/x', 'https://203.0.113.7/x'],
  ['made of numbers of the other protocol', '[2001:db8::1]/x', 'https://[2001:db8::1]/x'],
  ['with a scheme and such numbers', 'http://[2001:db8::1]/x', 'http://[2001:db8::1]/x'],
  ['in punycode and capitals', 'XN--BCHER-KVA.Example/X', 'https://xn--bcher-kva.example/X'],
  ['in letters of its own', 'b\u00fccher.example/x', 'https://xn--bcher-kva.example/x'],
  ['in wide letters', '\uff45vil.example\uff0fx', 'https://evil.example/x'],
  ['with what nobody sees', 'evil.exa\u200bm\u00adple/x', 'https://evil.example/x'],
  ['with blanks after the scheme', 'https : // evil.example/x', 'https://evil.example/x'],
  ['with a line break after the scheme', 'https://\nevil.example/x', 'https://evil.example/x'],
  ['with backslashes', 'https:\\\\evil.example\\x', 'https://evil.example/x'],
  ['of another scheme', 'ftp://c.example/x', 'https://c.example/x'],
  ['behind an anchor', 'https://a.example/x#y', 'https://a.example/x'],
])('an address is found %s', (_, text, address) => {
  expect(certain(text)).toEqual([address]);
});

test('what may be the name of a file, a number or the end of a sentence is no certain address', () => {
  const text =
    'Compare README.md with src/untrusted/mark.ts, e.g./i.e. 1.5/2.0. Then bob@corp.example, Node.js and/or v1.2/v1.3.';
  expect(certain(text)).toEqual([]);
  expect(perhaps(text)).toEqual(expect.arrayContaining(['https://readme.md/', 'https://corp.example/']));
});

test('a text of any kind is gone through in the time that its size takes', () => {
  const texts = ['!', 'a.', '@', '//', 'https://', 'a@', '_', '-.', '\\', 'https : ', '.,;'].map((part) =>
    part.repeat(50_000),
  );
  const start = performance.now();
  for (const text of texts) addressesIn(text);
  expect(performance.now() - start).toBeLessThan(5_000);
});
