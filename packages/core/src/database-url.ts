/**
 * How to connect to a URL of Postgres with session options of ours behind its own: `pg` lets `options` in the URL replace
 * those given beside it, and ours must survive.
 * @throws TypeError for a URL that is none
 */
export function withSessionOptions(url: string, ours: string): { connectionString: string; options: string } {
  const parsed = new URL(url);
  const sessionOptions = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.delete('options');
  return { connectionString: parsed.toString(), options: `${sessionOptions} ${ours}`.trim() };
}
