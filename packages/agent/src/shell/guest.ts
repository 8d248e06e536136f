import type { IFileSystem } from 'just-bash';
import { Bash } from 'just-bash';
import type { SentFile, ShellReply, ShellRequest } from './protocol.ts';

const HOME = '/workspace';

/**
 * Runs a script in a simulated bash over files in memory, and tells what it printed and which files it changed. For the
 * child process only: a command that does not come back takes its process with it.
 */
export async function runScript(request: ShellRequest): Promise<ShellReply> {
  const before = new Map(request.files.map(({ path, content }) => [path, Buffer.from(content)]));
  const bash = new Bash({
    files: Object.fromEntries(request.files.map(toInitialFile)),
    cwd: HOME,
    env: { HOME },
    executionLimitProfile: 'hardened',
    executionLimits: { maxExecutionTimeMs: request.runMs, maxFileSystemBytes: request.fileBytes },
    // Patching the globals costs what it protects less than the process around it does.
    defenseInDepth: { enabled: 'auto' },
  });
  const { stdout, stderr, exitCode } = await run(bash, request);
  const after = await filesUnder(bash.fs);
  return {
    output: cut(stdout + stderr, request.outputChars),
    exitCode,
    written: after.filter(({ path, content }) => !before.get(path)?.equals(content)),
    removed: [...before.keys()].filter((path) => after.every((file) => file.path !== path)),
  };
}

type Ran = { stdout: string; stderr: string; exitCode: number | null };

async function run(bash: Bash, { script }: ShellRequest): Promise<Ran> {
  try {
    return await bash.exec(script, { rawScript: true });
  } catch (error) {
    return { stdout: '', stderr: error instanceof Error ? error.message : 'The script failed', exitCode: null };
  }
}

function toInitialFile({ path, content }: SentFile): [string, Uint8Array] {
  return [`${HOME}/${path}`, content];
}

/** Files proper: a link leads to what is not part of the workspace, or is part of it anyway. */
async function filesUnder(fs: IFileSystem): Promise<SentFile[]> {
  const files: SentFile[] = [];
  for (const path of fs.getAllPaths()) {
    if (!path.startsWith(`${HOME}/`)) continue;
    const { isFile } = await fs.lstat(path);
    if (!isFile) continue;
    files.push({ path: path.slice(HOME.length + 1), content: await fs.readFileBuffer(path) });
  }
  return files;
}

function cut(output: string, maxChars: number): string {
  return output.length <= maxChars
    ? output
    : `${output.slice(0, maxChars)}\n[the script printed more; the rest is dropped]`;
}
