import { BacklogFullError, type Database, type NewMission } from '@flotilla/db';
import type { OnceKey } from '../idempotency/answer-once.ts';
import { toBatchView } from '../views/batch.ts';
import { type Admission, type Announce, acceptedOf } from './admission.ts';
import { type BatchItem, type BatchResult, refusal } from './batch-item.ts';
import { duplicateMission } from './duplicate.ts';
import type { NameEndpoint } from './prepare.ts';

export type StoreBatchDeps = {
  db: Pick<Database, 'missions' | 'records'>;
  admission: Admission;
  nameEndpoint: NameEndpoint;
};

type Batch = {
  accountId: string;
  once: OnceKey | null;
  items: readonly BatchItem[];
  /** What is known already, each in its place. */
  results: readonly (BatchResult | null)[];
};

/** As `answerOnce` has it. */
export type StoreBatch = (batch: Batch) => Promise<ReturnType<typeof toBatchView> | 'busy'>;

/** Few enough that others have their turn at the database. */
const NAMED_TOGETHER = 50;

/** Stores what is good of a batch in one statement, as far as the account's backlog has room, and the answer with it. */
export function createBatchStore({ db, admission, nameEndpoint }: StoreBatchDeps): StoreBatch {
  async function nameEndpoints(items: readonly BatchItem[]): Promise<NewMission[]> {
    const missions: NewMission[] = [];
    for (let start = 0; start < items.length; start += NAMED_TOGETHER) {
      missions.push(...(await Promise.all(items.slice(start, start + NAMED_TOGETHER).map(nameEndpoint))));
    }
    return missions;
  }

  /** @returns `taken`: somebody else stored a mission with one of the dedupe keys, or this very batch */
  async function store(batch: Batch, isDouble: (item: BatchItem) => string | undefined) {
    const { accountId, once, items } = batch;
    const fresh = items.filter((item) => isDouble(item) === undefined);
    async function storeFirst(admitted: number, full: BacklogFullError | null, announce: Announce | null = null) {
      const chosen = await nameEndpoints(fresh.slice(0, admitted));
      const view = toBatchView(settle(batch, { admitted: new Set(chosen.map(({ id }) => id)), isDouble, full }));
      const record = once && { ...once, status: 200, response: view };
      const created = await db.missions.createTogether(chosen, record);
      if (created === 'taken') return created;
      announce?.(acceptedOf(chosen, created));
      const isNoted = created.length > 0 || record === null || view.data.every(({ status }) => status >= 400);
      if (!isNoted && !(await db.records.write({ ...record, missionId: null }))) return 'taken';
      return view;
    }
    if (fresh.length === 0) return storeFirst(0, null);
    try {
      return await admission.admitUpTo(accountId, fresh.length, ({ admitted, maxQueued }, announce) =>
        storeFirst(admitted, new BacklogFullError(maxQueued), announce),
      );
    } catch (error) {
      if (!(error instanceof BacklogFullError)) throw error;
      return storeFirst(0, error);
    }
  }

  return async function storeBatch(batch) {
    const { accountId, once, items } = batch;
    const dedupeKeys = items.flatMap(({ dedupe }) => dedupe?.key ?? []);
    for (;;) {
      const stored = await store(batch, doublesOf(items, await db.missions.unfinished(accountId, dedupeKeys)));
      if (stored !== 'taken') return stored;
      if (once) return 'busy';
    }
  };
}

/** The id of the mission that an item would double: a stored one, or one before it in the batch. */
function doublesOf(items: readonly BatchItem[], unfinished: ReadonlyMap<string, string>) {
  const firsts = new Map<string, string>();
  for (const { dedupe, mission } of items) {
    if (dedupe && !firsts.has(dedupe.key)) firsts.set(dedupe.key, unfinished.get(dedupe.key) ?? mission.id);
  }
  return ({ dedupe, mission }: BatchItem): string | undefined => {
    const id = dedupe && firsts.get(dedupe.key);
    return id === mission.id ? undefined : id;
  };
}

/** The result of each, in order. One that would double a mission for which there is no room has no room either. */
function settle(
  { items, results }: Batch,
  options: {
    admitted: ReadonlySet<string>;
    isDouble: (item: BatchItem) => string | undefined;
    full: BacklogFullError | null;
  },
): BatchResult[] {
  const { admitted, isDouble, full } = options;
  const own = new Set(items.map(({ mission }) => mission.id));
  const settled = new Map(
    items.map((item): [number, BatchResult] => {
      const double = isDouble(item);
      const id = double ?? item.mission.id;
      if (own.has(id) && !admitted.has(id)) return [item.index, refusal(full)];
      if (double === undefined) return [item.index, { status: 202, id }];
      if (item.dedupe?.onConflict === 'reject') return [item.index, refusal(duplicateMission(id))];
      return [item.index, { status: 200, id }];
    }),
  );
  return results.flatMap((result, index) => result ?? settled.get(index) ?? []);
}
