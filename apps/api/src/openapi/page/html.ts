/** Markup that goes into a page as it is; text is escaped first. */
export type Html = { readonly markup: string };
export type Content = string | number | Html | readonly Content[] | null;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template of markup, in which every value is text unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return { markup: strings.map((string, index) => string + toMarkup(values[index] ?? null)).join('') };
}

function toMarkup(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string' || typeof content === 'number') {
    return String(content).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
  }
  return 'markup' in content ? content.markup : content.map(toMarkup).join('');
}
