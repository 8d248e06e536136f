/** More models than a deployment has; a gateway that answers to any name stops here. */
const NAMES_MAX = 50;

/**
 * Which model names may become labels. A mission may name any model that a wildcard of MODELS lets through, and whoever
 * sent a new name with every mission would fill Prometheus with series: only a name that has answered counts as one.
 */
export function createModelNames(): (name: string, hasAnswered: boolean) => boolean {
  const known = new Set<string>();
  return function isKnown(name, hasAnswered) {
    if (known.has(name)) return true;
    if (!hasAnswered || known.size >= NAMES_MAX) return false;
    known.add(name);
    return true;
  };
}
