/** One look at the fleet; `atSeconds` from the beginning. */
export type Sample = {
  atSeconds: number;
  runnable: number;
  running: number;
  oldestSeconds: number;
  desired: number | null;
  replicas: number;
  ready: number;
};
export type Mark = { atSeconds: number; text: string };

type Line = { name: string; color: string; of(sample: Sample): number };
type Chart = { title: string; lines: readonly Line[] };

const CHARTS: readonly Chart[] = [
  {
    title: 'missions',
    lines: [
      { name: 'runnable', color: '#c2410c', of: ({ runnable }) => runnable },
      { name: 'running', color: '#1d4ed8', of: ({ running }) => running },
    ],
  },
  {
    title: 'workers',
    lines: [
      { name: 'desired (the metric)', color: '#9ca3af', of: ({ desired }) => desired ?? 0 },
      { name: 'replicas (the controller)', color: '#047857', of: ({ replicas }) => replicas },
      { name: 'ready', color: '#1d4ed8', of: ({ ready }) => ready },
    ],
  },
  { title: 'oldest due mission, s', lines: [{ name: 'age', color: '#7c3aed', of: (sample) => sample.oldestSeconds }] },
];

const WIDTH = 960;
const CHART_HEIGHT = 180;
const LEFT = 64;
const RIGHT = 16;
const TOP = 40;
const GAP = 56;

/** Backlog, workers and age over time, one below the other, as SVG. */
export function drawPicture(options: { title: string; samples: readonly Sample[]; marks: readonly Mark[] }): string {
  const { title, samples, marks } = options;
  const end = Math.max(1, samples.at(-1)?.atSeconds ?? 1);
  const height = TOP + CHARTS.length * (CHART_HEIGHT + GAP);
  const x = (atSeconds: number) => LEFT + (atSeconds / end) * (WIDTH - LEFT - RIGHT);
  const charts = CHARTS.map((chart, index) =>
    drawChart(chart, { samples, x, top: TOP + 24 + index * (CHART_HEIGHT + GAP) }),
  );
  const bottom = height - GAP + 24;
  const times = ticks(end).map((at) => text({ x: x(at), y: bottom + 14, anchor: 'middle' }, `${at} s`));
  const flags = marks.map(
    ({ atSeconds, text: label }, index) =>
      `<line x1="${x(atSeconds)}" x2="${x(atSeconds)}" y1="${TOP + 16}" y2="${bottom}" stroke="#111" stroke-dasharray="3 4"/>${text({ x: x(atSeconds) + 4, y: TOP + 12 - (index % 2) * 12 }, label)}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text({ x: LEFT, y: 16 }, title),
    ...charts,
    ...times,
    ...flags,
    '</svg>\n',
  ].join('\n');
}

function drawChart(
  { title, lines }: Chart,
  { samples, x, top }: { samples: readonly Sample[]; x: (atSeconds: number) => number; top: number },
): string {
  const most = Math.max(1, ...samples.flatMap((sample) => lines.map(({ of }) => of(sample))));
  const y = (value: number) => top + CHART_HEIGHT - (value / most) * CHART_HEIGHT;
  const grid = ticks(most).map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#e5e7eb"/>${text({ x: LEFT - 6, y: y(value) + 4, anchor: 'end' }, String(value))}`,
  );
  const drawn = lines.map(({ color, of }) => {
    const points = samples.map((sample) => `${x(sample.atSeconds).toFixed(1)},${y(of(sample)).toFixed(1)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.6"/>`;
  });
  const legend = lines.map(
    ({ name, color }, index) =>
      `<rect x="${LEFT + 150 + index * 170}" y="${top - 14}" width="10" height="10" fill="${color}"/>${text({ x: LEFT + 164 + index * 170, y: top - 5 }, name)}`,
  );
  return [text({ x: LEFT, y: top - 5 }, title), ...legend, ...grid, ...drawn].join('\n');
}

/** Four or five round numbers from 0 on. */
function ticks(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

type Place = { x: number; y: number; anchor?: 'start' | 'middle' | 'end' };

function text({ x, y, anchor = 'start' }: Place, content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
}
