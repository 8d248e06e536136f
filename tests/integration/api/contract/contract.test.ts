import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, startApi } from '../fixture.ts';
import { allMounted } from '../mounted-routes.ts';
import type { Example } from './example.ts';
import { EXAMPLES } from './examples.ts';
import { createJudge, type Judge } from './judge.ts';
import { addressOf, codesOf, type OpenApi, type Operation, operationsIn } from './operations.ts';
import { refusalsOf } from './refusals.ts';
import { createWorld, type World } from './world.ts';

/** Codes that no single request can ask for; each has a test of its own beside this folder. */
const ELSEWHERE = new Set([
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'idempotency_key_in_use',
  'idempotency_outcome_unknown',
  'too_many_requests',
  'too_many_streams',
  'overloaded',
  'internal',
  'unavailable',
  'handler_timeout',
]);

let api: Api;
let world: World;
let document: OpenApi;
let operations: Operation[];
let judge: Judge;
beforeAll(async () => {
  api = await startApi();
  world = createWorld(api);
  document = JSON.parse((await api.call('GET', '/openapi.json', { key: null })).text);
  operations = operationsIn(document);
  judge = createJudge(document);
});
afterAll(() => api[Symbol.asyncDispose]());

describe('the API’s document', () => {
  it('is valid OpenAPI 3.1, and anyone may read it', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, target]) => target);
    const components = new Set(
      Object.entries(document.components).flatMap(([kind, all]) =>
        Object.keys(all).map((name) => `#/components/${kind}/${name}`),
      ),
    );
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((target) => !components.has(target ?? ''))).toEqual([]);
  });

  it('names every operation once', () => {
    const ids = Object.values(document.paths).flatMap((at) => Object.values(at).map(({ operationId }) => operationId));
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('lists exactly the routes that are mounted', () => {
    const mounted = allMounted(api).map(({ method, path }) => `${method} ${path.replace(/[:*](\w+)/g, '{$1}')}`);
    expect(operations.map(({ name }) => name).toSorted()).toEqual(mounted.toSorted());
  });
});

/** What is said of an answer, when it is not the one that was to come. */
function differs({ answers }: Pick<Example, 'answers'>, { status, body, text }: Answer): string[] {
  const isExpected = typeof answers === 'number' ? status === answers : status >= 400 && body['code'] === answers;
  return isExpected ? [] : [`was to answer ${answers}, and answered ${status} ${text.slice(0, 500)}`];
}

describe('every route', () => {
  it('answers as the document says, and with everything that it says', async () => {
    const complaints: string[] = [];
    for (const operation of operations) {
      const { name, method, responses, scope } = operation;
      const seen = new Set<string>();
      const examples = (await EXAMPLES[name]?.(world)) ?? [];
      const [first] = examples;
      if (!first) {
        complaints.push(`${name} has no example in examples.ts`);
        continue;
      }
      const note = (answer: Answer, answers: Example['answers']) => {
        seen.add(String(answer.status < 400 ? answer.status : answer.body['code']));
        complaints.push(
          ...[...differs({ answers }, answer), ...judge(operation, answer)].map((what) => `${name} ${what}`),
        );
      };
      for (const { code, path, options, ...asked } of await refusalsOf(operation, first, world)) {
        note(await api.call(asked.method ?? method, path, options), code);
      }
      for (const { params = {}, query, key, answers, ...sent } of examples) {
        const path = `${addressOf(operation, params)}${query === undefined ? '' : `?${query}`}`;
        note(await api.call(method, path, { ...sent, key: key ?? (scope === null ? null : api.key) }), answers);
      }
      const successes = Object.keys(responses).filter((status) => Number(status) < 400);
      const promised = [...successes, ...codesOf(operation).filter((code) => !ELSEWHERE.has(code))];
      complaints.push(...promised.filter((what) => !seen.has(what)).map((what) => `${name} never answered ${what}`));
    }
    expect(complaints).toEqual([]);
  });

  it('that the examples are about is there', () => {
    const names = new Set(operations.map(({ name }) => name));
    expect(Object.keys(EXAMPLES).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('the page', () => {
  it('shows every route, and runs and loads nothing but its own style', async () => {
    const { status, headers, text } = await api.call('GET', '/docs', { key: null });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/);
    for (const { path } of operations) expect(text).toContain(path);
    expect(text).not.toMatch(/<script|style=| on\w+=|<img|<iframe/i);
    expect([...text.matchAll(/(?:href|src)="([^"#]+)/g)].map(([, target]) => target)).toEqual([
      '/docs/style.css',
      '/openapi.json',
    ]);
    const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect(targets.filter((target) => !ids.has(target))).toEqual([]);
  });
});
