/** What `setTimeout` can count; a longer time is waited for in pieces. */
const TIMER_MAX_MS = 2_147_483_647;

/** Calls back when a deadline comes, if there is one. The function it returns ends the wait. */
export function startDeadline(inMs: number | null, onDeadline: () => void): () => void {
  if (inMs === null) return () => undefined;
  const at = performance.now() + inMs;
  let timer: NodeJS.Timeout;
  function wait(): void {
    const leftMs = at - performance.now();
    timer = setTimeout(leftMs > TIMER_MAX_MS ? wait : onDeadline, Math.min(Math.max(leftMs, 0), TIMER_MAX_MS));
  }
  wait();
  return () => clearTimeout(timer);
}
