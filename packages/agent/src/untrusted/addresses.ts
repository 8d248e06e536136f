import { domainToUnicode } from 'node:url';
import type { AssistantMessage, EarlierMission, JsonValue, MissionSpec, Step, ToolResult } from '@flotilla/core';
import { stagesOf, TOOL_NAMES } from '@flotilla/core';

/** A finished step, as far as it matters where an address was first to be read. */
type AddressEntry = {
  number: number;
  message: AssistantMessage;
  calls: readonly { name: string; input: JsonValue; result: ToolResult | null }[];
};

/**
 * The addresses that a mission may go on to once strangers have had a word. Talked into it, a model carries out what it
 * knows in an address that it makes up, and the server at that address reads along. So it may have those hosts that its
 * client named, or that it went to before anybody else had spoken; and any other address exactly as it stood in what came
 * from outside, before the model itself wrote it anywhere.
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
  // Where a model wrote them that had read what strangers wrote, they are nobody's own words.
  const words = [...(spec.untrusted ? [] : told), ...earlier.map(({ goal }) => goal)];
  const given = spec.untrusted ? told : [];
  const before = earlier.flatMap((mission) => mission.steps.map(toEntry));
  const entries = steps.map(toEntry);

  function isOwn(host: string, since: number): boolean {
    if (words.some((text) => names(text, host))) return true;
    return entries.some(
      ({ number, message, calls }) =>
        (number <= since && names(JSON.stringify(message.content), host)) ||
        calls.some(({ name, result }) => name === 'ask_user' && result && names(result.content, host)),
    );
  }

  function wasRead(forms: readonly string[]): boolean {
    if (given.some((text) => holds(text, forms))) return true;
    for (const entry of [...before, ...entries]) {
      if (holds(JSON.stringify(entry.message.content), forms)) return false;
      const outside = entry.calls.filter((call) => isFromOutside(call, entries));
      if (outside.some(({ result }) => holds(result?.content ?? '', forms))) return true;
    }
    return false;
  }

  return {
    knows(address, since) {
      const url = URL.parse(address);
      if (!url) return false;
      const hosts = [url.hostname, domainToUnicode(url.hostname)].map((host) => host.replace(/^www\./, ''));
      if (url.username === '' && url.password === '' && hosts.some((host) => isOwn(host, since))) return true;
      return wasRead(formsOf(url));
    },
    add: (entry) => void entries.push(entry),
  };
}

function toEntry({ number, response, toolCalls }: Step): AddressEntry {
  return { number, message: response.message, calls: toolCalls };
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

/**
 * How an address may stand in a text: without what is never sent, as it is or with its letters as they are read. An
 * encoding that nobody would choose says something by itself.
 */
function formsOf({ href, protocol, hash }: URL): string[] {
  const sent = href.slice(`${protocol}//`.length, href.length - hash.length).replace(/\/$/, '');
  const read = decoded(sent);
  return read !== null && encodeURI(read) === sent ? [sent, read] : [sent];
}

function decoded(text: string): string | null {
  try {
    return decodeURI(text);
  } catch {
    return null;
  }
}

function holds(text: string, forms: readonly string[]): boolean {
  // As JSON may write them.
  const plain = text.includes('\\/') ? text.replaceAll('\\/', '/') : text;
  return forms.some((form) => standsIn(plain, form, /[\w%=&~+-]/));
}

function names(text: string, host: string): boolean {
  const lower = text.toLowerCase();
  return standsIn(lower, host, /[\w-]|\.\w/) || standsIn(lower, `www.${host}`, /[\w-]|\.\w/);
}

/** Whether it stands there whole: not as the end of another host, and with nothing behind it that goes on. */
function standsIn(text: string, wanted: string, goesOn: RegExp): boolean {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (/[\w.-]/.test(text.charAt(at - 1))) continue;
    if (text.slice(end, end + 2).search(goesOn) !== 0) return true;
  }
  return false;
}

const ADDRESS = /https?:\/\/[^\s"'<>()[\]{}\\`]+/gi;

/** The addresses in a text that a model wrote. */
export function addressesIn(text: string): string[] {
  return [...text.matchAll(ADDRESS)].map(([address]) => address.replace(/[.,;:!?]+$/, ''));
}
