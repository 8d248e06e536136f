/** Politeness and question words around a task, which change nothing about it. */
const LEAD_INS =
  /^(?:please|kindly|hi|hello|hey|ok|okay|so|now|and|then|also|next(?=,)|finally|lastly|first(?=,)|firstly|second(?=,)|secondly|third(?=,)|thirdly|after that|afterwards|as well as|(?:can|could|would|will) you|i(?: would|'d)? (?:want|need|like) (?:you )?to(?: know)?|i want|i need|help me(?: to)?|use (?:the |a |your )?[\w-]+(?: tool)? to|using (?:the |a |your )?[\w-]+(?: tool)?,|with (?:the |a |your )?[\w-]+ tool,|go and|me|(?:the |a |your )?[\w-]+ tool to)(?![\w'])[\s,:]*(?=\S)/i;
const ASKING =
  /^(?:tell me|let me know|show me|give me|get me|find out|find|work out|figure out|calculate|compute|evaluate|solve|determine|report|state|return|list|print|output|display|name|say|take(?! away))(?![\w'])[\s:]*(?=\S)/i;
const WHAT_IS = /^(?:what(?:'s|’s| is| are| was| were| will be| would be)|how much (?:is|are)|whats)(?![\w'])\s*/i;
const TRAILERS =
  /[\s,]*(?:,? ?please|for me|thanks|thank you|exactly|right now|equal(?: to)?|(?:by )?using (?:the |a |your )?[\w-]+(?: tool)?|with the [\w-]+(?: tool)?|in one (?:short )?(?:sentence|paragraph|line|word)|in javascript|in a sandbox|too|as well)$/i;
/** The `!` of a factorial belongs to the task. */
const END = /(?:[\s.,;:?]|(?<!\d)!)+$/;

/** A sentence without its final punctuation, its spaces evened. */
export function trimmed(sentence: string): string {
  return sentence.trim().replaceAll('’', "'").replace(/\s+/g, ' ').replace(END, '');
}

/** A task without the words around it: `Could you please tell me what time it is?` → `what time it is`. */
export function bare(task: string): string {
  let text = trimmed(task);
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(LEAD_INS, '').replace(TRAILERS, '').replace(END, '').trim();
  }
  return text;
}

/** And without the verb or question it is put in: `calculate the sum of 3 and 4` → `the sum of 3 and 4`. */
export function asked(task: string): string {
  let text = task;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(ASKING, '').replace(LEAD_INS, '').replace(WHAT_IS, '').trim();
  }
  // "tell me what 6 x 7 is"
  return text.replace(/^what (?!time|day|date|weekday|year|month)(.+) (?:is|are|was)$/i, '$1');
}
