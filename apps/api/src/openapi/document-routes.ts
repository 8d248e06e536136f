import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { OpenReply } from '../http/reply.ts';
import type { PublicRoute, Route } from '../routes/route.ts';
import { createDocument } from './document.ts';
import { renderPage } from './page/page.ts';

/** Its own style, and nothing else: no script, no picture, nothing from elsewhere. */
const PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * `GET /openapi.json` and `GET /docs`, a page made of it. Both describe themselves too, and are made once: what cannot
 * be described stops the boot.
 */
export function documentRoutes(others: readonly (Route | PublicRoute)[]): PublicRoute[] {
  const text = z.string();
  const problems = ['too_many_requests'] as const;
  const own: PublicRoute[] = [
    {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document, in OpenAPI 3.1.',
      problems,
      replies: { 200: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }) },
      handle: async () => openText({ type: 'application/json', text: document }),
    },
    {
      method: 'GET',
      path: '/docs',
      summary: 'This document as a page.',
      media: 'text/html',
      problems,
      replies: { 200: text },
      handle: async () => openText({ type: 'text/html; charset=utf-8', text: page, policy: PAGE_POLICY }),
    },
    {
      method: 'GET',
      path: '/docs/style.css',
      summary: 'What the page looks like.',
      media: 'text/css',
      problems,
      replies: { 200: text },
      handle: async () => openText({ type: 'text/css; charset=utf-8', text: style }),
    },
  ];
  const described = createDocument([...others, ...own]);
  const document = Buffer.from(JSON.stringify(described));
  const page = Buffer.from(renderPage(described));
  const style = readFileSync(join(import.meta.dirname, 'page/style.css'));
  return own;
}

function openText({ type, text, policy }: { type: string; text: Buffer; policy?: string }): OpenReply {
  return {
    open(res) {
      if (policy !== undefined) res.setHeader('Content-Security-Policy', policy);
      res
        .writeHead(200, { 'Content-Type': type, 'Content-Length': text.length, 'Cache-Control': 'no-cache' })
        .end(text);
    },
  };
}
