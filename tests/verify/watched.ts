import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** One PromQL expression of ours, and where it stands. */
export type Watched = { where: string; expression: string };

type Rule = { alert?: string; record?: string; expr: string; annotations?: Record<string, string> };

export function rules(): Rule[] {
  const { groups }: { groups: { rules: Rule[] }[] } = parse(read('infra/prometheus/rules.yml'));
  return groups.flatMap((group) => group.rules);
}

/** The names of the cases that `promtool test rules` plays: the alert's, or `alert: what is special`. */
export function ruleCases(): string[] {
  const { tests }: { tests: { name: string }[] } = parse(read('infra/prometheus/rules.test.yml'));
  return tests.map(({ name }) => name);
}

type Panel = { title: string; targets: { expr: string }[] };
type Dashboard = { uid: string; title: string; panels: Panel[]; templating: { list: { query: string }[] } };

export function dashboards(): Dashboard[] {
  return globSync('infra/grafana/dashboards/*.json', { cwd: ROOT }).map((path): Dashboard => JSON.parse(read(path)));
}

/** Every expression in a rule, a panel or a dashboard's variable. */
export function watched(): Watched[] {
  const ofPanels = dashboards().flatMap(({ title, panels, templating }) => [
    ...panels.flatMap((panel) =>
      panel.targets.map(({ expr }) => ({ where: `${title}: ${panel.title}`, expression: expr })),
    ),
    // `label_values(metric, label)` is Grafana's, and reads a metric like any other.
    ...templating.list.map(({ query }) => ({
      where: `${title}: variable`,
      expression: query.replace(/^label_values\((.*), \w+\)$/, '$1'),
    })),
  ]);
  const ofRules = rules().map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expression: expr }));
  return [...ofRules, ...ofPanels];
}
