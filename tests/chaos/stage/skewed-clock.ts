/**
 * Preloaded into a process whose wall clock is to be wrong: `Date` is the only way JavaScript reads it. The monotonic
 * clock is left alone, as it is by whoever sets a machine's time.
 */
const skewMs = Number(process.env['CHAOS_SKEW_MS'] ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: ConstructorParameters<typeof Date> | []) =>
    args.length === 0 ? new target(RealDate.now() + skewMs) : Reflect.construct(target, args),
  apply: () => new RealDate(RealDate.now() + skewMs).toString(),
  get: (target, name) => (name === 'now' ? () => RealDate.now() + skewMs : Reflect.get(target, name)),
});
