import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const fill = (draft: number, text: string): void => {
  try {
    writeFileSync(draft, text);
    fsyncSync(draft);
  } finally {
    closeSync(draft);
  }
};

/** Whole or not at all, with the permissions that it had; behind a link, where it points to. No copy of the former text stays. */
export const replaceFile = (path: string, text: string): void => {
  const file = realpathSync(path);
  const draft = `${file}.${String(process.pid)}.new`;
  // What stands there already is not ours, and stays.
  const opened = openSync(draft, 'wx', statSync(file).mode & 0o777);
  try {
    fill(opened, text);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};
