import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The first of these programs that is in one of the folders of `path`. */
export const findOnPath = async (programs: readonly string[], path: string): Promise<string | undefined> => {
  for (const program of programs) {
    for (const folder of path.split(delimiter).filter((entry) => entry !== '')) {
      const file = join(folder, program);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
};
