import type { AssistantMessage, EarlierMission, JsonValue, MissionSpec, Step, ToolResult } from '@flotilla/core';
import { stagesOf, TOOL_NAMES } from '@flotilla/core';
import { names, type Place, placeOf } from './place.ts';

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
 * the model's own: it has to stand, as it is, in what the client wrote, in what the model wrote before anybody else had
 * spoken, or in what came from outside before the model itself wrote it. What is left to it is the choice among those,
 * and the pages above them.
 *
 * It follows from the journal, so whoever resumes a mission finds the same.
 */
export type Addresses = {
  /** @param since the step that brought untrusted content; 0: it was there from the start */
  knows(address: string, since: number): boolean;
  add(entry: AddressEntry): void;
};

type Options = { spec: MissionSpec; steps: readonly Step[]; earlier: readonly EarlierMission[] };

export function createAddresses({ spec, steps, earlier }: Options): Addresses {
  const told = [spec.goal, ...stagesOf(spec).map(({ instructions }) => instructions ?? '')];
  // Where a model wrote them that had read what strangers wrote, they are nobody's own words, but for what was judged then.
  const [own, others] = spec.untrusted ? [spec.knownAddresses ?? [], told] : [told, []];
  const words = [...own, ...earlier.map(({ goal }) => goal)];
  const before = earlier.flatMap((mission) => mission.steps.map(toEntry));
  const entries = steps.map(toEntry);

  function isOwn(place: Place, since: number): boolean {
    if (words.some((text) => names(text, place))) return true;
    return entries.some(
      ({ number, message, calls }) =>
        (number <= since && names(textOf(message), place)) ||
        calls.some(({ name, result }) => name === 'ask_user' && result && names(result.content, place)),
    );
  }

  function wasRead(place: Place): boolean {
    if (others.some((text) => names(text, place))) return false;
    for (const entry of [...before, ...entries]) {
      if (names(textOf(entry.message), place)) return false;
      const outside = entry.calls.filter((call) => isFromOutside(call, entries));
      if (outside.some(({ result }) => names(result?.content ?? '', place, 'as_written'))) return true;
    }
    return false;
  }

  return {
    knows(address, since) {
      const place = placeOf(address);
      return place !== null && (isOwn(place, since) || wasRead(place));
    },
    add: (entry) => void entries.push(entry),
  };
}

function toEntry({ number, response, toolCalls }: Step): AddressEntry {
  return { number, message: response.message, calls: toolCalls };
}

/** All that a model wrote. What JSON makes of a line break would be a letter in front of an address. */
function textOf({ content }: AssistantMessage): string {
  return JSON.stringify(content).replaceAll(/\\(?:[nrtbf]|u[0-9a-f]{4})/g, ' ');
}

/** Those of our tools that bring something from outside; what the others return, the model has written itself. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['http_fetch', 'web_search', 'ask_user']);
const OURS: ReadonlySet<string> = new Set(TOOL_NAMES);

function isFromOutside(
  { name, input, result }: AddressEntry['calls'][number],
  entries: readonly AddressEntry[],
): boolean {
  if (!result || result.isError) return false;
  if (name !== 'read_output') return FROM_OUTSIDE.has(name) || !OURS.has(name);
  // More of an output that was cut is from where that was.
  const { step, call = 0, mission } = { ...(typeof input === 'object' && !Array.isArray(input) ? input : null) };
  const read = mission === undefined ? entries.find(({ number }) => number === step)?.calls[Number(call)] : undefined;
  return read !== undefined && read.name !== 'read_output' && isFromOutside(read, entries);
}
