export type OpsReply = { status: number; body: object };

/**
 * `name`: what stands for `:name` in the path, decoded. `query`: the parameters after the `?`. `body`: what was sent as
 * JSON; `undefined` where nothing was.
 */
export type OpsCall = { name: string; query: URLSearchParams; body: unknown };

/** One method of one address under `/admin/`; a path may end in `/:name`. */
export type OpsRoute = { method: 'GET' | 'POST'; path: `/admin/${string}`; handle(call: OpsCall): Promise<OpsReply> };

/** What a page's address answers; `null`: nothing. */
export type OpsPageReply = { status: number; contentType: string; body: string | Buffer } | null;

/** Pages for a browser at and below a path. They are read, and change nothing. */
export type OpsPage = { path: `/admin/${string}`; get(path: string, query: URLSearchParams): Promise<OpsPageReply> };

/** A request that an operator has to put differently; the message says how. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Match = { route: OpsRoute; name: string } | { allow: string } | null;

/** The route of a request; what its address takes instead, if only the method is wrong; `null`: no such address. */
export function findRoute(routes: readonly OpsRoute[], method: string, path: string): Match {
  const found = routes.flatMap((route) => {
    const name = nameIn(route.path, path);
    return name === null ? [] : [{ route, name }];
  });
  const match = found.find(({ route }) => route.method === method);
  if (match) return match;
  return found.length === 0 ? null : { allow: found.map(({ route }) => route.method).join(', ') };
}

/** What stands for `:name`; `''` where the pattern has none; `null` when the path is another's. */
function nameIn(pattern: string, path: string): string | null {
  if (!pattern.endsWith('/:name')) return pattern === path ? '' : null;
  const prefix = pattern.slice(0, -':name'.length);
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  return rest === '' || rest.includes('/') ? null : decode(rest);
}

/** A percent sign that encodes nothing names nothing either. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
