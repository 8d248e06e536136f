/** What is used here of autocannon, which ships no types. */
declare module 'autocannon' {
  type Options = {
    url: string;
    method: 'POST';
    headers: Record<string, string>;
    body: string;
    connections: number;
    overallRate: number;
    /** Seconds. */
    duration: number;
  };
  type Result = {
    '2xx': number;
    non2xx: number;
    errors: number;
    timeouts: number;
    duration: number;
    latency: { p97_5: number };
  };
  type Run = Promise<Result> & {
    on(
      event: 'response',
      listener: (...args: [client: unknown, status: number, bytes: number, tookMs: number]) => void,
    ): Run;
  };
  function autocannon(options: Options): Run;
  export = autocannon;
}
