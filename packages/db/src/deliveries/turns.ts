/**
 * Lets one piece of work go after another. A process's claims and records are about the same few endpoints: side by
 * side, each found the other's endpoints locked and tried again, four times for a delivery of a busy endpoint; one
 * after another they grow into larger batches instead.
 */
export function createTurns(): <Outcome>(work: () => Promise<Outcome>) => Promise<Outcome> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
