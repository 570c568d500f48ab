import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Whole or not at all, with the permissions that it had; behind a link, where it points to. No copy of the former text stays. */
export const replaceFile = (path: string, text: string): void => {
  const file = realpathSync(path);
  const draft = `${file}.${String(process.pid)}.new`;
  try {
    writeFileSync(draft, text, { mode: statSync(file).mode & 0o777, flag: 'wx', flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};
