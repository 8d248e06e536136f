/**
 * A URL of Postgres without its session options, and these: `pg` lets `options` in the URL replace those given beside it,
 * and ours must survive.
 * @throws TypeError for a URL that is none
 */
export function splitDatabaseUrl(url: string): { connectionString: string; sessionOptions: string } {
  const parsed = new URL(url);
  const sessionOptions = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.delete('options');
  return { connectionString: parsed.toString(), sessionOptions };
}
