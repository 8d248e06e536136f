/** Numbers the reservations of one run, whoever makes them. */
export type Reservations = { next(): number };

export function createReservations(): Reservations {
  let made = 0;
  return {
    next() {
      made += 1;
      return made;
    },
  };
}
