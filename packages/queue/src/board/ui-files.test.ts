import { expect, it } from 'vitest';
import { fillPage } from './ui-files.ts';

it('a page is filled in, escaped where its template says so, and asks for nothing from elsewhere', () => {
  const template =
    '<base href="<%= basePath %>" /><link href="https://fonts.example/css" rel="stylesheet"><link rel="icon" href="<%= icon %>"><script><%- config %></script>';
  expect(fillPage(template, { basePath: '/a"b', icon: 'static/a.svg', config: '{"a":"<"}' })).toBe(
    '<base href="/a&quot;b" /><link rel="icon" href="static/a.svg"><script>{"a":"<"}</script>',
  );
});
