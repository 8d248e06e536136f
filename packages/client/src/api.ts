import { BINARY, type Operations, READABLE_BY_TOKEN, REPEATABLE } from './generated/api.ts';
import { createList, type List, type Page } from './list.ts';
import { toPath } from './path.ts';
import type { CallOptions, Request, Transport } from './transport.ts';

/** A route of the API's document, as `GET /v1/missions/{missionId}`. */
export type OperationName = keyof Operations;
export type Input<Name extends OperationName> = Omit<Operations[Name], 'reply'>;
export type Reply<Name extends OperationName> = Operations[Name]['reply'];
export type Body<Name extends OperationName> = Operations[Name] extends { body?: infer Value } ? Value : never;
export type Query<Name extends OperationName> = Operations[Name] extends { query?: infer Value } ? Value : never;

/** The routes that answer a page. */
export type ListName = {
  [Name in OperationName]: Reply<Name> extends Page<unknown> ? Name : never;
}[OperationName];

/** Every route of the API by its name, each taking and answering what the document says. */
export type Api = {
  call<Name extends OperationName>(name: Name, input: Input<Name>, options?: CallOptions): Promise<Reply<Name>>;
  list<Name extends ListName>(name: Name, input: Input<Name>, options?: CallOptions): List<Reply<Name>>;
};

type AnyInput = {
  params?: Readonly<Record<string, string>>;
  query?: Request['query'];
  body?: unknown;
};

const REPEATABLE_NAMES: ReadonlySet<string> = new Set(REPEATABLE);
const BINARY_NAMES: ReadonlySet<string> = new Set(BINARY);
const TOKEN_NAMES: ReadonlySet<string> = new Set(READABLE_BY_TOKEN);

export function createApi(transport: Pick<Transport, 'send'>, newKey: () => string): Api {
  async function call(name: string, input: AnyInput, options: CallOptions = {}): Promise<unknown> {
    const [method = '', pattern = ''] = name.split(' ');
    const path = toPath(pattern, input.params);
    const { query, body } = input;
    const [isBinary, takesToken] = [BINARY_NAMES.has(name), TOKEN_NAMES.has(name)];
    return transport.send({ method, path, query, body, isBinary, takesToken, ...keyOf(name, options) }, options);
  }

  function keyOf(name: string, { idempotencyKey }: CallOptions): Pick<Request, 'onceKey' | 'headers'> {
    if (idempotencyKey !== undefined && !/^[\x20-\x7e]*$/.test(idempotencyKey)) {
      // No header holds it; fetch's own complaint would pass for a connection that failed.
      throw new TypeError('idempotencyKey must be visible ASCII');
    }
    // One key for all tries of a call: that is what makes them safe.
    if (REPEATABLE_NAMES.has(name)) return { onceKey: idempotencyKey ?? newKey() };
    // Where none is taken the API says so. To leave it out would be to promise what nobody keeps.
    return idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } };
  }

  function list(name: string, input: AnyInput, options?: CallOptions): List<Page<unknown>> {
    return createList(async (cursor) => {
      const query = cursor === undefined ? input.query : { ...input.query, cursor };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the API answers is what its document says
      return (await call(name, { ...input, query }, options)) as Page<unknown>;
    });
  }

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the API answers is what its document says
  return { call, list } as unknown as Api;
}
