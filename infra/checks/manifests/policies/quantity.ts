const SCALES: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity such as `250m`, `1Gi` or `2` in units: CPUs or bytes. Other spellings are refused by giving NaN. */
export function readQuantity(quantity: string | number): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  return Number(amount) * (SCALES[unit] ?? Number.NaN);
}
