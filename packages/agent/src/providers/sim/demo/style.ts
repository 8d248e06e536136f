/** How the answer is to look. `bare`: the values alone; `list`: one line each. */
export type Form = 'paragraph' | 'list' | 'bare';

const FORMS: readonly [RegExp, Form][] = [
  [
    /^(?:(?:answer|reply|respond|output|return|give|print)(?: me)?(?: with| in)? ?)?(?:only|just)(?: with)? (?:(?:the|a|one) )?(?:bare |final )?(?:numbers?|results?|values?|answers?|words?|dates?)(?:,? (?:nothing else|no explanations?))?$/i,
    'bare',
  ],
  [
    /^(?:(?:answer|reply|respond|give|format|put|present|list|write)\b[\w ]{0,40} )?(?:as|in) (?:an? )?(?:short |bulleted |bullet |numbered |bullet-point )*(?:lists?|bullets?|bullet points?|points|lines?)$/i,
    'list',
  ],
  [
    /^(?:(?:answer|reply|respond|write|give|put|present|summari[sz]e|report|do|explain|state)\b[\w' ]{0,60} )?in (?:(?:one|a|two|three|1|2|3|full|plain|simple|complete) )*(?:short |single |brief |concise |clear )*(?:paragraphs?|sentences?|words?|prose|english)$/i,
    'paragraph',
  ],
  [
    /^(?:(?:and )?(?:be|keep it|keep the answer|stay|make it) (?:brief|short|concise|exact|precise|clear)|answer (?:briefly|shortly|clearly|concisely|all|everything|each|them all)(?: of (?:them|these))?|show (?:me )?your (?:work|working|steps|reasoning)|(?:explain|think)(?: it)? (?:your reasoning|step by step|how)|(?:do|run) (?:it|them|all of (?:it|them|this|these)) in parallel|use (?:the |your )?(?:available )?tools?(?: (?:where|when|if) (?:needed|useful|you can|necessary))?|thanks?(?: you)?|nothing else|no explanations?|do not explain|don't explain|do the following(?: (?:things|tasks))?|step (?:\d+|one|two|three)|answer (?:the following|these)(?: questions)?|i have (?:a few|some|two|three|four) questions)$/i,
    'paragraph',
  ],
];

/** The form a sentence asks for, when it is about the answer and not about the work; else `null`. */
export function formAsked(sentence: string): Form | null {
  return FORMS.find(([wording]) => wording.test(sentence))?.[1] ?? null;
}
