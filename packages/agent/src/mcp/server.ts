type Named = {
  name: string;
  /**
   * What it says of its tools' effects (`annotations`: `readOnlyHint`, `idempotentHint`, `destructiveHint`) is taken for
   * true. Default: false, since a server may say of itself what it likes.
   */
  trustAnnotations?: boolean;
};

/** A program on this machine, which only an operator names. */
export type StdioServer = Named & {
  command: string;
  args: readonly string[];
  /** All of its environment. */
  env: Readonly<Record<string, string>>;
};

/** A server that speaks streamable HTTP. */
export type HttpServer = Named & {
  url: string;
  headers: Readonly<Record<string, string>>;
};

/** A server of the Model Context Protocol. Its name is the first part of the names of its tools. */
export type McpServer = StdioServer | HttpServer;

/**
 * How an HTTP server is reached. It has to be guarded wherever a client named the URL. No redirect is followed, and what
 * is beyond `maxBytes` is not read.
 */
export type McpFetch = (
  url: string,
  request: {
    method: 'POST' | 'DELETE';
    headers: Record<string, string>;
    body: string | null;
    signal: AbortSignal;
    timeoutMs: number;
    maxBytes: number;
    redirects: 0;
  },
) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly truncated: boolean;
}>;
