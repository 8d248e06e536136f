/** What a run by command is judged by: each expectation is printed with whether it held, and one that did not fails the run. */
export function createVerdict(log: (line: string) => void) {
  let isRight = true;
  return {
    expectThat(holds: boolean, line: string): void {
      log(`${holds ? 'ok    ' : 'NOT OK'} ${line}`);
      isRight &&= holds;
    },
    isRight: (): boolean => isRight,
  };
}
