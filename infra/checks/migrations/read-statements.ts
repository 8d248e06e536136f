/** Comments, text, names, words, numbers, and single marks; whatever is in quotes is one of them. */
const TOKEN =
  /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|(\$\w*\$)[^]*?\1|"(?:[^"]|"")*"|[A-Za-z_][\w$]*|\d+(?:\.\d+)?|::|\s+|[^]/g;

/**
 * The statements of a script, each as its tokens: words in capitals, names in quotes as they are, and of texts and bodies of
 * functions only that there is one. Comments are left out.
 */
export function readStatements(script: string): string[][] {
  const statements: string[][] = [[]];
  for (const [token] of script.matchAll(TOKEN)) {
    if (token === ';') statements.push([]);
    else if (!/^(?:\s|--|\/\*)/.test(token)) statements.at(-1)?.push(normalized(token));
  }
  return statements.filter((tokens) => tokens.length > 0);
}

function normalized(token: string): string {
  if (token.startsWith("'")) return "''";
  if (/^\$\w*\$/.test(token)) return '$$';
  return token.startsWith('"') ? token : token.toUpperCase();
}

/** The parts between commas that stand in no bracket. */
export function splitAtCommas(tokens: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token === '(' || token === '[') depth += 1;
    if (token === ')' || token === ']') depth -= 1;
    if (token === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
