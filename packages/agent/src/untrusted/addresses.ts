import type {
  Answered,
  AssistantMessage,
  EarlierMission,
  JsonValue,
  MissionSpec,
  SaidMessage,
  Step,
  ToolResult,
} from '@flotilla/core';
import { approvalAnswerSchema, stagesOf, TOOL_NAMES } from '@flotilla/core';
import { addressesAsWritten, addressesPerhaps } from './addresses-in.ts';
import { linksIn } from './links-in.ts';
import { placeOf, placesFrom } from './place.ts';

/** A finished step, as far as it matters where an address was first to be read. */
type AddressEntry = {
  number: number;
  message: AssistantMessage;
  calls: readonly { name: string; input: JsonValue; result: ToolResult | null }[];
};

/**
 * The addresses that a mission may go on to once strangers have had a word. Talked into it, a model carries out what it
 * knows in an address that it makes up: in the name of the host, in a segment of the path, in the query. Whoever reads
 * along there has it, and that may be anybody, also at a host that the client has named: the page which talks the model
 * into it may be that host's own, and many a host shows to all what one has asked it for. So nothing of an address may be
 * the model's own: it has to stand, whole, in what the client wrote, in what the model wrote before anybody else had
 * spoken, or in what came from outside before the model itself wrote it. What is left to it is the choice among those,
 * and the pages above them. What stands behind an address there, in the next field or the next word, is no part of it.
 *
 * It follows from the journal, so whoever resumes a mission finds the same. Each text is gone through once, when an
 * address is first asked about after it has come.
 */
export type Addresses = {
  /** @param since the step that brought untrusted content; 0: it was there from the start */
  knows(address: string, since: number): boolean;
  add(entry: AddressEntry): void;
};

type Options = {
  spec: MissionSpec;
  steps: readonly Step[];
  earlier: readonly EarlierMission[];
  answers?: readonly Answered[];
};

export function createAddresses({ spec, steps, earlier, answers = [] }: Options): Addresses {
  const spoken = [...earlier.flatMap((mission) => mission.said ?? []), ...(spec.said ?? [])];
  const [users, models] = [saidBy('user', spoken), saidBy('assistant', spoken)];
  const told = [spec.goal, ...stagesOf(spec).map(({ instructions }) => instructions ?? '')];
  // Where a model wrote them that had read what strangers wrote, they are nobody's own words, but for what was judged then.
  const [own, others] = spec.untrusted ? [spec.knownAddresses ?? [], told] : [told, []];

  const owned = new Set<string>();
  /** In which step the model has first written of a place. */
  const said = new Map<string, number>();
  /** What a model has written of in any way, and would only be repeated to it. */
  const written = new Set<string>();
  const read = new Set<string>();

  function takeMessage(message: AssistantMessage, number: number | null): void {
    const text = JSON.stringify(message.content);
    for (const place of placesOf(addressesPerhaps(text))) written.add(place);
    if (number === null) return;
    for (const place of placesOf(addressesAsWritten(text))) if (!said.has(place)) said.set(place, number);
  }

  function takeOutside(origin: string, content: string): void {
    for (const place of placesOf([...addressesAsWritten(content), ...linksIn(origin, content)])) {
      if (!written.has(place)) read.add(place);
    }
  }

  function takeOwn(text: string): void {
    for (const place of placesOf(addressesAsWritten(text))) owned.add(place);
  }

  /** @param number `null`: of an earlier mission */
  function take({ message, calls }: AddressEntry, number: number | null, journal: Journal): void {
    takeMessage(message, number);
    for (const call of calls) {
      const origin = originOf(call, journal);
      if (origin === null) continue;
      const { content } = call.result ?? { content: '' };
      if (origin === 'ask_user' && number !== null) takeOwn(content);
      takeOutside(origin, content);
    }
  }

  const journal: Journal = new Map();
  const pending: (() => void)[] = [];
  const add = (entry: AddressEntry): void => {
    journal.set(entry.number, entry);
    pending.push(() => take(entry, entry.number, journal));
  };

  pending.push(() => {
    const clients = [...users, ...earlier.map(({ goal }) => goal), ...answers.flatMap(approverWords)];
    for (const text of [...own, ...clients]) takeOwn(text);
    for (const place of placesOf([...others, ...models].flatMap(addressesPerhaps))) written.add(place);
  });
  for (const mission of earlier) {
    const entries = mission.steps.map(toEntry);
    const before: Journal = new Map(entries.map((entry) => [entry.number, entry]));
    pending.push(() => {
      for (const entry of entries) take(entry, null, before);
    });
  }
  for (const step of steps) add(toEntry(step));

  return {
    knows(address, since) {
      for (const takeNext of pending.splice(0)) takeNext();
      const place = placeOf(address);
      if (place === null) return false;
      return owned.has(place) || read.has(place) || (said.get(place) ?? Infinity) <= since;
    },
    add,
  };
}

function saidBy(who: SaidMessage['role'], said: readonly SaidMessage[]): string[] {
  return said.flatMap(({ role, content }) => (role === who ? content : []));
}

function placesOf(addresses: readonly string[]): Set<string> {
  return new Set(addresses.flatMap(placesFrom));
}

function toEntry({ number, response, toolCalls }: Step): AddressEntry {
  return { number, message: response.message, calls: toolCalls };
}

/** What somebody said to a call that was to be approved, or would have it made with. */
function approverWords({ kind, answer, expired }: Answered): string[] {
  const said = kind === 'approval' && !expired ? approvalAnswerSchema.safeParse(answer).data : undefined;
  return said ? [said.message ?? '', JSON.stringify(said.arguments ?? null)] : [];
}

/** The steps of one mission, by their numbers. */
type Journal = Map<number, AddressEntry>;

/** Those of our tools that bring something from outside; what the others return, the model has written itself. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['http_fetch', 'web_search', 'ask_user']);
const OURS: ReadonlySet<string> = new Set(TOOL_NAMES);

/** The tool that has brought a result from outside; `null`: it is from nowhere else. */
function originOf({ name, input, result }: AddressEntry['calls'][number], journal: Journal): string | null {
  if (!result || result.isError) return null;
  if (name !== 'read_output') return FROM_OUTSIDE.has(name) || !OURS.has(name) ? name : null;
  // More of an output that was cut is from where that was.
  const { step, call = 0, mission } = { ...(typeof input === 'object' && !Array.isArray(input) ? input : null) };
  const whole = mission === undefined ? journal.get(Number(step))?.calls[Number(call)] : undefined;
  return whole !== undefined && whole.name !== 'read_output' ? originOf(whole, journal) : null;
}
