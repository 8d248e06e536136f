export type Labels = Readonly<Record<string, string>>;

/** A step of `relabel_configs`, as far as ours go. */
export type Relabel = {
  source_labels: string[];
  regex?: string;
  action?: 'keep' | 'replace';
  target_label?: string;
  replacement?: string;
};

/** What Prometheus makes of a target it has found: its labels, or nothing. */
export function relabel(found: Labels, steps: readonly Relabel[]): Labels | undefined {
  const labels: Record<string, string> = { ...found };
  for (const { source_labels: sources, regex = '(.*)', action = 'replace', ...to } of steps) {
    const match = new RegExp(`^(?:${regex})$`).exec(sources.map((name) => labels[name] ?? '').join(';'));
    if (action === 'keep' && !match) return undefined;
    if (action === 'replace' && match && to.target_label !== undefined) {
      const text = to.replacement ?? '$1';
      labels[to.target_label] = text.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    }
  }
  return labels;
}
