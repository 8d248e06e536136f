import { type Fields, isFields } from './kinds.ts';
import { type Check, checkAt, type Rule } from './pass.ts';

type Compile = (schema: unknown) => Rule;

const SHOWN_KEYS = 20;

export function arrayChecks({ items }: Fields, compile: Compile): Check[] {
  // A list of schemas was a tuple in older drafts.
  if (items === undefined || Array.isArray(items)) return [];
  const rule = compile(items);
  return [
    (value, pass) => {
      if (!Array.isArray(value)) return true;
      let isValid = true;
      for (const [key, element] of value.entries()) {
        pass.spend(1);
        if (checkAt(pass, { key, rule, value: element })) continue;
        isValid = false;
        if (!pass.wantsMore()) break;
      }
      return isValid;
    },
  ];
}

export function objectChecks(schema: Fields, compile: Compile): Check[] {
  const properties = new Map(Object.entries(isFields(schema['properties']) ? schema['properties'] : {}));
  const rules = new Map([...properties].map(([name, inner]) => [name, compile(inner)]));
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  // What has a default may be left out, whatever a generator of schemas made of that.
  const needed = required.filter(
    (name): name is string => typeof name === 'string' && !hasDefault(properties.get(name)),
  );
  const checks: Check[] = [];
  if (needed.length > 0) {
    checks.push((value, pass) => {
      if (!isFields(value)) return true;
      pass.spend(needed.length);
      const missing = needed.filter((name) => !Object.hasOwn(value, name) || value[name] === undefined);
      return missing.length === 0 || pass.tell(`Missing: ${namesOf(missing)}`);
    });
  }
  if (rules.size > 0) {
    checks.push((value, pass) => {
      if (!isFields(value)) return true;
      pass.spend(rules.size);
      let isValid = true;
      for (const [key, rule] of rules) {
        if (!Object.hasOwn(value, key) || value[key] === undefined) continue;
        if (checkAt(pass, { key, rule, value: value[key] })) continue;
        isValid = false;
        if (!pass.wantsMore()) break;
      }
      return isValid;
    });
  }
  const other = otherCheck(schema, { known: rules, compile });
  return other ? [...checks, other] : checks;
}

/** What an object has beside its properties. With `patternProperties` nobody knows here which of them may be there. */
function otherCheck(
  { additionalProperties: others, patternProperties }: Fields,
  { known, compile }: { known: ReadonlyMap<string, Rule>; compile: Compile },
): Check | null {
  if (others === undefined || others === true || patternProperties !== undefined) return null;
  const rule = others === false ? null : compile(others);
  return (value, pass) => {
    if (!isFields(value)) return true;
    const keys = Object.keys(value);
    pass.spend(keys.length);
    const extra = keys.filter((key) => !known.has(key));
    if (!rule) return extra.length === 0 || pass.tell(`Unrecognized: ${namesOf(extra)}`);
    let isValid = true;
    for (const key of extra) {
      if (checkAt(pass, { key, rule, value: value[key] })) continue;
      isValid = false;
      if (!pass.wantsMore()) break;
    }
    return isValid;
  };
}

function hasDefault(schema: unknown): boolean {
  return isFields(schema) && schema['default'] !== undefined;
}

function namesOf(keys: readonly string[]): string {
  const shown = keys.slice(0, SHOWN_KEYS).map((key) => JSON.stringify(key));
  return `${shown.join(', ')}${keys.length > SHOWN_KEYS ? ' …' : ''}`;
}
