const ERRORS_MAX = 5;

/**
 * What is logged of an error. A closed list: errors of Prisma, undici and the model SDKs also carry requests,
 * headers and rows, which belong in no log.
 */
const PARTS = ['code', 'status', 'statusCode', 'kind', 'reason', 'syscall'] as const;

/** The parts of an error as named readers, since any of them may be a getter that throws. */
export function errorParts(error: object): readonly (readonly [string, () => unknown])[] {
  return [
    ['name', (): unknown => Reflect.get(error, 'name')],
    ['message', (): unknown => Reflect.get(error, 'message')],
    ...PARTS.map((part) => [part, () => scalar(Reflect.get(error, part))] as const),
    ['stack', () => scalar(Reflect.get(error, 'stack'))],
    ['cause', (): unknown => Reflect.get(error, 'cause')],
    ['errors', () => several(Reflect.get(error, 'errors'))],
  ];
}

function scalar(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function several(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value.slice(0, ERRORS_MAX).filter((one) => one instanceof Error) : undefined;
}
