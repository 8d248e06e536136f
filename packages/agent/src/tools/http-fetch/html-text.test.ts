import { expect, test } from 'vitest';
import { htmlToText } from './html-text.ts';

test('keeps what a reader sees and nothing else', async () => {
  const html = `<!DOCTYPE html><html><head><title>Caf&eacute; &amp; Bar</title><style>p{color:red}</style></head>
    <body><!-- hidden --><script>var a = "<p>no</p>";</script>
    <h1>Opening   hours</h1><p>Mon&ndash;Fri<br>9 &#8211; 17&#x20AC;</p>
    <ul><li>Tea</li><li>Cake <b>fresh</b></li></ul>
    <table><tr><td>a</td><td>b</td></tr></table><p title="a > b">1 < 2</p></body></html>`;
  expect(await htmlToText(html)).toBe(
    [
      'Café & Bar',
      '',
      '# Opening hours',
      '',
      'Mon–Fri',
      '9 – 17€',
      '',
      '- Tea',
      '',
      '- Cake fresh',
      '',
      'a | b',
      '',
      '1 < 2',
    ].join('\n'),
  );
});

test('keeps the lines of code, and the blanks they begin with', async () => {
  expect(await htmlToText('<pre>\nif a:\n  <b>b</b> &amp; c<br>  d\n</pre><p>c\nd</p>')).toBe(
    '```\nif a:\n  b & c\n  d\n```\n\nc d',
  );
});

test('gives links as addresses to go on to', async () => {
  const html = `<a href="/next?a=1&amp;b=2">On <b>we</b> go</a>, <a href='#top'>up</a>, <a href="javascript:x()">do</a>,
    <a href="mailto:a@b.example">write</a>, <a href=other.html>other</a><a href="x"></a><a href="card"><div>Two</div><div>lines</div></a>`;
  expect(await htmlToText(html, 'https://site.example/a/b')).toBe(
    '[On we go](https://site.example/next?a=1&b=2), up, do, write, [other](https://site.example/a/other.html)\n\nTwo\n\nlines',
  );
});

test('numbers lists, and names pictures that say what they show', async () => {
  expect(
    await htmlToText(
      '<ol start=3><li>c</li><li>d<ul><li>e</li></ul></li><li>f</li></ol><img alt="A &lt;boat&gt;"><img alt="">',
    ),
  ).toBe('3. c\n\n4. d\n\n- e\n\n5. f\n\n[image: A <boat>]');
});

const article = `<p>${'What the page is about. '.repeat(20)}</p>`;

test('leaves out what is on every page of a site, unless there is little else', async () => {
  const around = '<nav><a href="/">Home</a></nav>';
  const footer = '<footer>Imprint</footer>';
  expect(
    await htmlToText(`${around}${article}${footer}<form><select><option>Country</select><button>Send</button></form>`),
  ).toBe(await htmlToText(article));
  expect(await htmlToText(`${around}<p>Little.</p>${footer}`, 'https://a.example/')).toBe(
    '[Home](https://a.example/)\n\nLittle.\n\nImprint',
  );
});

test.each([
  ['the attribute', '<div hidden>x<div>y</div>z</div>'],
  ['its style', '<div style="color:red; display: none">x<div>y</div>z</div>'],
  ['aria', '<span aria-hidden="true">x</span>'],
  ['a paragraph that the next one ends', '<p hidden>x'],
])('leaves out what is hidden by %s', async (_, hidden) => {
  expect(await htmlToText(`<p>before</p>${hidden}<p>after <span data-hidden="x">all</span></p>`)).toBe(
    'before\n\nafter all',
  );
});

test('text that looks like markup once decoded stays text', async () => {
  expect(await htmlToText('<p>&lt;script&gt;alert(1)&lt;/script&gt; &unknown; &#1114112;</p>')).toBe(
    '<script>alert(1)</script> &unknown; \ufffd',
  );
});

test.each([
  ['a tag that never ends', 'before <a href="x'],
  ['a script that never ends', 'before <script>while(1)'],
  ['a comment that never ends', 'before <!-- x'],
  ['a head that never ends', '<head>before'],
  ['stray apostrophes', `<p class=x don't>before</p>`],
])('reads a page with %s', async (_name, html) => {
  expect(await htmlToText(html)).toMatch(/^before/);
});

test.each([
  '<',
  '<head>',
  '<script>',
  '<!--',
  '<a "',
  "<a b='",
  '<a b="',
  '&amp',
  '</',
  '<title>',
  '<pre>',
  '<pre></pre>',
  '<a href=x>',
  '<p hidden>',
  '<ol>',
  '<li>',
  ' href="x',
  '\0',
  ' \n',
])('takes no longer than its size for a page of nothing but %s', async (piece) => {
  // Were it the square of the size, this would be 10^11 steps and no test run would see its end.
  const html = piece.repeat(Math.floor(262_144 / piece.length));
  expect((await htmlToText(html)).length).toBeLessThanOrEqual(html.length);
});

test('keeps nobody waiting for a large page', async () => {
  const html = '<p>A <b>word</b> and <a href="/x">another</a>.</p>\n'.repeat(20_000).slice(0, 1_000_000);
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 0);
  await htmlToText(html, 'https://a.example/');
  clearInterval(counting);
  expect(turns).toBeGreaterThan(5);
});
