import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative, sep } from 'node:path';

/** The files of bull-board's page, served from here: nothing is loaded from anywhere else. */
export type UiFiles = {
  folder: string;
  /** `null`: there is no such file. @param path such as `/static/js/main.js` */
  read(path: string): Promise<{ contentType: string; body: Buffer } | null>;
  page(params: Readonly<Record<string, string>>): Promise<string>;
};

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** Fonts of a stranger's, which the page does without. */
const LINK_ELSEWHERE = /<link\b[^>]*href="https?:[^>]*>/g;
const PLACE = /<%([=-]) *(\w+) *%>/g;

export function createUiFiles(): UiFiles {
  const folder = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));
  const dist = join(folder, 'dist');
  let listing: Promise<ReadonlyMap<string, string>> | undefined;

  return {
    folder,
    async read(path) {
      // Only what is there can be asked for: no path is ever put together from what came.
      listing ??= listFiles(dist);
      const file = (await listing).get(path);
      if (file === undefined) return null;
      return { contentType: TYPES[extname(file)] ?? 'application/octet-stream', body: await readFile(file) };
    },
    async page(params) {
      const template = await readFile(join(dist, 'index.ejs'), 'utf8');
      return fillPage(template, params);
    },
  };
}

/** The template with its places filled in, as EJS would: `=` escapes, `-` does not. */
export function fillPage(template: string, params: Readonly<Record<string, string>>): string {
  return template.replaceAll(LINK_ELSEWHERE, '').replaceAll(PLACE, (_place, kind: string, name: string) => {
    const value = params[name] ?? '';
    return kind === '-' ? value : escapeHtml(value);
  });
}

async function listFiles(dist: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(join(dist, 'static'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(files.map((file) => [`/${relative(dist, file).split(sep).join('/')}`, file]));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
