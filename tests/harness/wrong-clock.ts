/** The environment of a process whose clock is so far ahead of everybody's; less than nothing: behind. */
export function clockAheadBy(ms: number): NodeJS.ProcessEnv {
  const wrong = `const now = Date.now; Date.now = () => now() + ${ms};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(wrong)}` };
}
