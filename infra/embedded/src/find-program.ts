import { installPackage } from './install-package.ts';
import { findOnPath } from './on-path.ts';

/** A program that a test needs is not there, and cannot be had; the message says how it could. */
export class ProgramMissingError extends Error {
  override readonly name = 'ProgramMissingError';
}

/** Debian keeps servers where only root's shell looks. */
const MORE_FOLDERS = '/usr/sbin:/usr/local/sbin:/usr/bin';

/**
 * A program on the PATH, else installed from Debian when root.
 * @returns its path
 * @throws ProgramMissingError
 */
export const findProgram = async (wanted: { program: string; package: string }): Promise<string> => {
  const look = () => findOnPath([wanted.program], `${process.env['PATH'] ?? ''}:${MORE_FOLDERS}`);
  const found = await look();
  if (found !== undefined) return found;
  const problem = installPackage(wanted.package);
  const installed = problem === undefined ? await look() : undefined;
  if (installed !== undefined) return installed;
  throw new ProgramMissingError(
    `There is no ${wanted.program} here: ${problem ?? `the package ${wanted.package} did not bring it`}. Install it (Debian: \`sudo apt-get install ${wanted.package}\`).`,
  );
};
