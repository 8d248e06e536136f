import { describe, expect, it } from 'vitest';
import { attachmentOf, contentTypeOf } from './content-type.ts';

const text = Buffer.from('Grüße');

describe('the type of a file', () => {
  it.each([
    ['notes.txt', 'text/plain; charset=utf-8'],
    ['a/b/REPORT.MD', 'text/markdown; charset=utf-8'],
    ['data.json', 'application/json'],
    ['page.html', 'text/html; charset=utf-8'],
    ['chart.svg', 'image/svg+xml'],
    ['Makefile', 'application/octet-stream'],
    ['a.txt/b', 'application/octet-stream'],
    ['x.constructor', 'application/octet-stream'],
    ['.hidden', 'application/octet-stream'],
  ])('%s is %s', (path, type) => {
    expect(contentTypeOf(path, text)).toBe(type);
  });

  it('promises no UTF-8 where there is none', () => {
    expect(contentTypeOf('notes.txt', Buffer.from([0xff, 0xfe, 0x00]))).toBe('text/plain');
  });
});

describe('a file is sent to be stored', () => {
  it.each([
    ['notes/day-1.md', `attachment; filename="day-1.md"; filename*=UTF-8''day-1.md`],
    ['ä "b".txt', `attachment; filename="_ _b_.txt"; filename*=UTF-8''%C3%A4%20%22b%22.txt`],
    [`it's (1)*.txt`, `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
    ['100%25.txt', `attachment; filename="100_25.txt"; filename*=UTF-8''100%2525.txt`],
  ])('%s', (path, header) => {
    expect(attachmentOf(path)).toBe(header);
  });
});
