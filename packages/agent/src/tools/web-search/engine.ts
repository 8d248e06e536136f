/** One thing found. What it says was written by strangers. */
export type SearchHit = { title: string; url: string; text: string };

/** How a search engine is asked: one request, and what its answer holds. */
export type SearchEngine = {
  name: string;
  request(query: string, count: number): SearchRequest;
  /** Fields that an answer may hold; what has not the right form is left out. */
  hits(body: unknown): SearchHit[];
};

export type SearchRequest = {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
};

/** The list at `path` of an answer, each entry's fields as text. */
export function listAt(body: unknown, path: readonly string[]): Record<string, string>[] {
  let at = body;
  for (const name of path) at = fieldsOf(at)[name];
  return (Array.isArray(at) ? at : []).map((entry: unknown) =>
    Object.fromEntries(
      Object.entries(fieldsOf(entry)).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return { ...(typeof value === 'object' ? value : null) };
}
