/** More models, or agents, than a deployment has; a gateway that answers to any name stops here. */
const NAMES_MAX = 50;

/** Whether a name may be a label; `hasProved`: it has just answered, or ended. */
export type KnownNames = (name: string, hasProved: boolean) => boolean;

/**
 * Which names of models, or of agents, may become labels. A mission may name any model that a wildcard of MODELS lets
 * through, and whoever sent a new name with every mission would fill Prometheus with series: only a name that has proved
 * itself, a model by an answer, counts as one.
 */
export function createKnownNames(): KnownNames {
  const known = new Set<string>();
  return function isKnown(name, hasProved) {
    if (known.has(name)) return true;
    if (!hasProved || known.size >= NAMES_MAX) return false;
    known.add(name);
    return true;
  };
}
