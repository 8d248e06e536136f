import type { OpenApiDocument } from '../document.ts';
import type { Operation, Parameter } from '../operation.ts';
import { type Response, resolveResponse } from '../responses.ts';
import { type Content, type Html, html } from './html.ts';
import { fieldsOf, limitsOf, typeOf } from './schema.ts';

type Entry = { method: string; path: string; operation: Operation };

/** The document as a page for people: one file of markup, which needs no script. */
export function renderPage(document: OpenApiDocument): string {
  const { info, paths, components } = document;
  const entries = Object.entries(paths).flatMap(([path, at]) =>
    Object.entries(at).map(([method, operation]): Entry => ({ method: method.toUpperCase(), path, operation })),
  );
  const byTag = [...Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? '')];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav aria-label="Routes">
<p><strong>${info.title}</strong> ${info.version}</p>
${byTag.map(([tag, ofTag]) => renderMenu(tag, ofTag))}
<h2><a href="#headers">Headers</a></h2>
<h2><a href="#schemas">Schemas</a></h2>
</nav>
<main>
<h1>${info.title} API</h1>
<p>${info.summary} The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${info.description.split('\n\n').map((paragraph) => html`<p>${paragraph}</p>\n`)}
${byTag.map(([tag, ofTag]) => html`<h2 id="tag-${tag}">${tag}</h2>\n${ofTag.map((entry) => renderOperation(entry, components.responses))}`)}
<h2 id="headers">Headers</h2>
<p>Of answers; the document says which of them each may have.</p>
<dl>${Object.entries(components.headers).map(
    ([name, { description, schema }]) => html`<dt><code>${name}</code> <span class="type">${typeOf(schema)}</span></dt>
<dd><p>${description}</p></dd>
`,
  )}</dl>
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(
  ([name, schema]) => html`<section id="schema-${name}">
<h3>${name}</h3>
<p>${schema.description ?? null}</p>
${fieldsOf(schema) ?? html`<p>${typeOf(schema)}</p>`}
</section>
`,
)}
</main>
</body>
</html>
`;
  return page.markup;
}

function renderMenu(tag: string, entries: readonly Entry[]): Html {
  const items = entries.map(
    ({ method, path, operation }) =>
      html`<li><a href="#${operation.operationId}"><span class="method">${method}</span> ${path}</a></li>\n`,
  );
  return html`<h2><a href="#tag-${tag}">${tag}</a></h2>\n<ul>${items}</ul>\n`;
}

function renderOperation({ method, path, operation }: Entry, shared: Readonly<Record<string, Response>>): Html {
  const { operationId, summary, security, parameters, requestBody, responses } = operation;
  const scopes = security.flatMap((requirement) => Object.values(requirement).flat());
  const body = requestBody?.content['application/json'];
  return html`<section id="${operationId}">
<h3><span class="method">${method}</span> <code>${path}</code></h3>
<p>${summary}</p>
<p class="scope">${scopes.length > 0 ? ['Scope: ', html`<code>${scopes.join(', ')}</code>`] : 'For anyone.'}</p>
${parameters.length > 0 ? html`<h4>Parameters</h4><dl>${parameters.map(renderParameter)}</dl>` : null}
${body && requestBody ? html`<h4>Body${requestBody.required ? null : ' (optional)'}</h4><p>${typeOf(body.schema)}</p>${fieldsOf(body.schema)}` : null}
<h4>Answers</h4>
<dl>${Object.entries(responses).map(([status, response]) => renderResponse(status, resolveResponse(response, shared)))}</dl>
</section>
`;
}

function renderParameter({ name, in: place, required, description, schema }: Parameter): Html {
  const limits = limitsOf(schema);
  const text = [description, limits.length > 0 ? `${limits.join(', ')}.` : undefined].filter(
    (part) => part !== undefined,
  );
  return html`<dt><code>${name}</code> <span class="type">${typeOf(schema)}, in the ${place}</span>${required ? html` <em>required</em>` : null}</dt>
<dd>${text.length > 0 ? html`<p>${text.join(' ')}</p>` : null}</dd>
`;
}

/** Of a problem, its codes; of an answer, what is in it. */
function renderResponse(status: string, { description, content = {} }: Response): Html {
  const answers = Object.entries(content).filter(([media]) => media !== 'application/problem+json');
  const forms = answers.map(
    ([media, { schema }]): Content => html`<span class="type">${typeOf(schema)}, ${media}</span>${fieldsOf(schema)}`,
  );
  return html`<dt><code>${status}</code></dt>
<dd>${forms.length > 0 ? forms : null}${forms.length === 0 || content['application/problem+json'] ? html`<p>${description}</p>` : null}</dd>
`;
}
