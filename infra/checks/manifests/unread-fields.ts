/** Where in a value: names of fields and numbers in lists, from the outside in. */
export type Path = readonly (string | number)[];

/** As people write it: `spec.containers[0].image`. */
export function describePath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`))
    .join('');
}

/**
 * The fields of a value that a look at it never asked for. A validator generated from the API's schema asks for every
 * field that it knows, and in a map for every key: what is left over is a field that the API does not have.
 */
export function unreadFields(value: unknown, look: (value: unknown) => void): Path[] {
  const asked = new Map<object, Set<string>>();
  look(watch(value, asked));
  return leftOver(value, [], asked);
}

function watch(value: unknown, asked: Map<object, Set<string>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const names = asked.get(value) ?? new Set();
  asked.set(value, names);
  return new Proxy(value, {
    get(target, name): unknown {
      if (typeof name === 'string') names.add(name);
      return watch(Reflect.get(target, name), asked);
    },
  });
}

function leftOver(value: unknown, path: Path, asked: Map<object, Set<string>>): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const innerPath = [...path, Array.isArray(value) ? Number(name) : name];
    return asked.get(value)?.has(name) === true ? leftOver(inner, innerPath, asked) : [innerPath];
  });
}
