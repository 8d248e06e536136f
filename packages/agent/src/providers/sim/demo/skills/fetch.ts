import { inFigures } from '../numerals.ts';
import type { Page } from '../page.ts';
import { beginningOf, countWords, describeJson, readPage, titleOf } from '../page.ts';
import type { Finding, Move, Skill } from '../skill.ts';
import { HTTP_FETCH } from '../skill.ts';

type Tell = (page: Page) => Finding;

const URLS = /https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]]/gi;
const URLS_MAX = 8;
const SUMMARY_CHARS = 400;

/** What may be asked of a page. Each wording is taken out of the task; what is left must say nothing more. */
const WANTS: readonly [RegExp, Tell][] = [
  [/\b(?:page )?title\b|\bheadline\b|\bwhat (?:it|the page) is called\b|\bfirst line\b/i, tellTitle],
  [/\bhow many words\b|\b(?:number of|count(?: of)?(?: the)?) words\b|\bword count\b|\bhow long\b/i, tellWords],
  [/\bhow many (?:characters|letters)\b|\bnumber of characters\b|\blength\b/i, tellLength],
  [
    /\b(?:http )?(?:status(?: code)?|response code)\b|\b(?:if|whether) it (?:is (?:up|online|reachable)|works)\b|\bis it (?:up|online|reachable)\b/i,
    tellStatus,
  ],
  [/\bcontent[- ]type\b/i, tellType],
  [
    /\bsummar(?:y|i[sz]e|i[sz]es)\b|\bwhat (?:it|the page|that page|is it|it is|this|is)? ?(?:says?|(?:is )?about)\b|\bgist\b|\bmain points?\b|\bkey points?\b|\bbeginning\b/i,
    tellBeginning,
  ],
];
const CONTAINS =
  /\b(?:whether|if|does|do) (?:it|the page|the text)?\s*(?:contains?|mentions?|includes?|has|says?) (?:the )?(?:word |text |phrase |string )?(?:"([^"]+)"|'([^']+)'|“([^”]+)”)/i;
const FILLER =
  /\b(?:please|can|could|you|fetch|get|download|open|visit|read|load|retrieve|check|go|look|at|request|grab|curl|call|try|tell|me|show|give|report|find|out|say|what|which|how|is|are|was|has|have|does|do|there|it|its|the|this|that|these|page|pages|pages'|website|site|web|url|urls|link|address|article|document|content|contents|text|body|html|response|result|of|on|from|in|for|to|with|and|also|then|a|an|briefly|short|one|two|three|few|sentences?|paragraphs?|lines?|both|each|contain|contains|return|returns|http_fetch|tool|use|using|brief)\b|'s\b|[\s:,.?!()<>-]/gi;

/** A web page: its title, size, status, beginning, or whether it holds a phrase. */
export const fetch: Skill = {
  name: 'fetch',
  recognise(task) {
    const urls = [...new Set(task.match(URLS) ?? [])];
    if (urls.length === 0 || urls.length > URLS_MAX) return null;
    let rest = task.replace(URLS, ' ').replace(/[“”"'`]\s*[“”"'`]/g, ' ');
    const tells: Tell[] = [];
    const [contains, ...phrases] = CONTAINS.exec(rest) ?? [];
    const phrase = phrases.find((part) => part !== undefined);
    if (contains !== undefined && phrase !== undefined) {
      rest = rest.replace(contains, ' ');
      tells.push((page) => tellContains(page, phrase));
    }
    for (const [wording, tell] of WANTS) {
      if (!wording.test(rest)) continue;
      rest = rest.replace(wording, ' ');
      tells.push(tell);
    }
    if (rest.replace(FILLER, '') !== '') return null;
    return urls.map((url) => fetchPage(url, tells.length === 0 ? [tellTitle, tellBeginning] : tells));
  },
};

function fetchPage(url: string, tells: readonly Tell[]): Move {
  const read = (output: string, isCut: boolean): Finding => {
    const page = readPage(output, isCut);
    const findings = page.status !== null && page.status >= 400 ? [tellStatus(page)] : tells.map((tell) => tell(page));
    return {
      text: `${url}: ${findings.map(({ text }) => text).join(' ')}`,
      value: findings.at(-1)?.value ?? null,
      about: url,
    };
  };
  const move: Move = { tool: HTTP_FETCH, input: { url }, read };
  // Plain http is often refused; the same page is nearly always served over https.
  return /^http:/i.test(url)
    ? { ...move, otherwise: { ...move, input: { url: url.replace(/^http:/i, 'https:') } } }
    : move;
}

function tellTitle(page: Page): Finding {
  const title = titleOf(page);
  if (title === null) return { text: 'The page is empty.', value: null };
  const isHtml = page.contentType === '' || page.contentType.includes('html');
  const shown = title.length > 200 ? `${title.slice(0, 200)}…` : title;
  return {
    text: isHtml ? `The title is “${shown}”.` : `It is ${page.contentType} and has no title.`,
    value: isHtml ? shown : null,
  };
}

function tellWords(page: Page): Finding {
  const words = String(countWords(page));
  const least = page.isCut ? ' at least' : '';
  const note = page.isCut ? ' (it is longer than what I was shown)' : '';
  return { text: `It has${least} ${inFigures(words)} words of readable text${note}.`, value: words };
}

function tellLength(page: Page): Finding {
  const length = String(Array.from(page.text).length);
  return {
    text: `It has${page.isCut ? ' at least' : ''} ${inFigures(length)} characters of readable text.`,
    value: length,
  };
}

function tellStatus({ status }: Page): Finding {
  if (status === null) return { text: 'The tool did not say the status.', value: null };
  return { text: `The server answered with HTTP ${status}.`, value: String(status) };
}

function tellType({ contentType }: Page): Finding {
  return { text: `The content type is ${contentType || 'not given'}.`, value: contentType || null };
}

function tellBeginning(page: Page): Finding {
  const json = describeJson(page);
  if (json !== null) return { text: `It is ${json}.`, value: null };
  const beginning = beginningOf(page, SUMMARY_CHARS);
  return beginning === ''
    ? { text: 'There is no text to summarise.', value: null }
    : { text: `In its own words, since a simulator does not summarise: “${beginning}”`, value: beginning };
}

function tellContains({ text, isCut }: Page, phrase: string): Finding {
  const isThere = text.toLowerCase().includes(phrase.toLowerCase());
  const where = !isThere && isCut ? ' in the part I was shown' : '';
  return {
    text: `It ${isThere ? 'contains' : 'does not contain'} “${phrase}”${where}.`,
    value: isThere ? 'yes' : 'no',
  };
}
