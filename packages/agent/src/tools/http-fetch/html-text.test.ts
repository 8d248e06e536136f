import { expect, test } from 'vitest';
import { htmlToText } from './html-text.ts';

test('keeps what a reader sees and nothing else', () => {
  const html = `<!DOCTYPE html><html><head><title>Caf&eacute; &amp; Bar</title><style>p{color:red}</style></head>
    <body><!-- hidden --><script>var a = "<p>no</p>";</script>
    <h1>Opening   hours</h1><p>Mon&ndash;Fri<br>9 &#8211; 17&#x20AC;</p>
    <ul><li>Tea</li><li>Cake <b>fresh</b></li></ul>
    <table><tr><td>a</td><td>b</td></tr></table><p title="a > b">1 < 2</p></body></html>`;
  expect(htmlToText(html)).toBe(
    [
      'Café & Bar',
      '',
      'Opening hours',
      '',
      'Mon–Fri',
      '9 – 17€',
      '',
      '- Tea',
      '',
      '- Cake fresh',
      '',
      'a | b |',
      '',
      '1 < 2',
    ].join('\n'),
  );
});

test('keeps the lines of preformatted text', () => {
  expect(htmlToText('<pre>a\nb</pre><p>c\nd</p>')).toBe('a\nb\n\nc d');
});

test('text that looks like markup once decoded stays text', () => {
  expect(htmlToText('<p>&lt;script&gt;alert(1)&lt;/script&gt; &unknown; &#1114112;</p>')).toBe(
    '<script>alert(1)</script> &unknown; &#1114112;',
  );
});

test.each([
  ['a tag that never ends', 'before <a href="x'],
  ['a script that never ends', 'before <script>while(1)'],
  ['a comment that never ends', 'before <!-- x'],
  ['a head that never ends', '<head>before'],
  ['stray apostrophes', `<p class=x don't>before</p>`],
])('reads a page with %s', (_name, html) => {
  expect(htmlToText(html)).toMatch(/^before/);
});

test.each(['<', '<head>', '<script>', '<!--', '<a "', "<a b='", '<a b="', '&amp', '</', '<title>', '<pre>', ' \n'])(
  'takes no longer than its size for a page of nothing but %s',
  (piece) => {
    // Were it the square of the size, this would be 10^12 steps and no test run would see its end.
    const html = piece.repeat(Math.floor(1_048_576 / piece.length));
    expect(htmlToText(html).length).toBeLessThanOrEqual(html.length);
  },
);
