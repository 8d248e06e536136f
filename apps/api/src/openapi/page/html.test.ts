import { expect, it } from 'vitest';
import { html } from './html.ts';

it('takes values for text, and only its own markup for markup', () => {
  const list = ['<b>', html`<i>${'&'}</i>`, 3, null];
  expect(html`<p title="${'"x" \'y\''}">${list}</p>`.markup).toBe(
    '<p title="&quot;x&quot; &#39;y&#39;">&lt;b&gt;<i>&amp;</i>3</p>',
  );
});
