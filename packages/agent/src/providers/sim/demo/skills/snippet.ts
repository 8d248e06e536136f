import type { Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';

const FENCE = /^([^`]*)```([a-z]*)[ \t]*\n?([\s\S]*?)```([^`]*)$/i;
const INLINE = /^([^`]*)`([^`]+)`([^`]*)$/;
const AFTER_COLON =
  /^(?:run|execute|evaluate|eval|try|use)\b[\w ]*?\b(?:javascript|js|code|snippet|script)\b[\w ]*:\s*([^`\s][\s\S]*)$/i;
const AFTER_WORD =
  /^(?:run|execute|evaluate|eval) (?:this |the |some )?(?:following )?(?:javascript|js)(?: code| snippet)? ([^`\s][\s\S]*)$/i;
const LANGUAGES = new Set(['', 'js', 'javascript', 'mjs', 'ts', 'typescript', 'node']);
/** All that may stand around the code; anything more is a task that this skill does not do. */
const AROUND =
  /\b(?:please|can|you|run|execute|evaluate|eval|try|tell|me|show|give|report|what|does|do|is|will|would|the|this|that|it|its|following|code|snippet|script|program|function|expression|javascript|js|in|of|and|then|for|with|use|using|tool|sandbox|a|result|results|output|value|prints?|returns?|logs?|outputs?|evaluates?|to|gives?)\b|[\s:,.?!]/gi;
const TRAILING = /,?\s+and (?:then )?(?:tell|give|show|report|print|say|return) (?:me )?(?:the |what |its )[\w ]*$/i;
const SHOWN_CHARS = 4_000;

/** Code that is given: in a fence, between backticks, or after "run this JavaScript:". */
export const snippet: Skill = {
  name: 'snippet',
  recognise(task) {
    const code = codeIn(task)?.trim();
    return code ? [runJavascript(code, (output) => ({ text: tell(output), value: output }))] : null;
  },
};

function codeIn(task: string): string | null {
  const [, before = '', language = '', fenced, after = ''] = FENCE.exec(task) ?? [];
  if (fenced !== undefined) {
    return LANGUAGES.has(language.toLowerCase()) && isOnlyAsking(before + after) ? fenced : null;
  }
  const [, left = '', inline, right = ''] = INLINE.exec(task) ?? [];
  if (inline !== undefined) return left.trim() !== '' && isOnlyAsking(`${left} ${right}`) ? inline : null;
  return (AFTER_COLON.exec(task)?.[1] ?? AFTER_WORD.exec(task)?.[1])?.replace(TRAILING, '') ?? null;
}

function isOnlyAsking(words: string): boolean {
  return words.replace(AROUND, '') === '';
}

function tell(output: string): string {
  if (output === '' || output === 'undefined') return 'The snippet ran, printed nothing and has no value.';
  if (!output.includes('\n') && output.length <= 200) return `The snippet gives ${output.replace(/\.$/, '')}.`;
  const shown = output.length > SHOWN_CHARS ? `${output.slice(0, SHOWN_CHARS)}\n…` : output;
  return `The snippet gives:\n\`\`\`\n${shown}\n\`\`\`\n`;
}
