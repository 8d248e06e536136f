/** What stands for the `:names` of the first of the patterns that has this path; `null`: none has. */
export function matchPath(patterns: string | readonly string[], path: string): Record<string, string> | null {
  for (const pattern of typeof patterns === 'string' ? [patterns] : patterns) {
    const params = matchOne(pattern.split('/'), path.split('/'));
    if (params) return params;
  }
  return null;
}

function matchOne(wanted: readonly string[], given: readonly string[]): Record<string, string> | null {
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return params;
}

/** A percent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
