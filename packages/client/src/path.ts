/**
 * An address of the API, as its document writes them (`/v1/missions/{missionId}`), with what stands in the brackets.
 * @throws {TypeError} for what would lead to another route
 */
export function toPath(pattern: string, params: Readonly<Record<string, string>> = {}): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`${name} must not be ${JSON.stringify(value)}`);
    return encodeURIComponent(value);
  });
}
