/** The path of a request target, without the query, where clients put keys by mistake. */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}
