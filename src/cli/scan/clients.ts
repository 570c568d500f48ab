import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfThere } from '../../adapters/scanned/client-files.ts';
import type { LeftOut } from '../../adapters/scanned/walk-files.ts';
import type { ClientFile, Folders } from '../../scan/clients/client.ts';
import { CLIENTS } from '../../scan/clients/list.ts';
import { readClient, UnreadableClient, type ClientDetection } from '../../scan/clients/read-client.ts';
import type { Terminal } from '../terminal.ts';

/** A file of a client that is there, and what was found in it. */
export interface FoundClient {
  readonly path: string;
  readonly text: string;
  readonly file: ClientFile;
  readonly found: readonly ClientDetection[];
}

/** Where programs keep what is a person's, as the environment says it. */
export const foldersOf = (env: Terminal['env'], platform: string = process.platform): Folders => {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  return { platform, home, roaming: env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), config: env['XDG_CONFIG_HOME'] ?? join(home, '.config') };
};

const placesOf = (file: ClientFile, folders: Folders, projects: readonly string[]): readonly string[] => [
  ...file.ofPerson(folders).map((parts) => join(...parts)),
  ...projects.flatMap((project) => file.inProject.map((parts) => join(project, ...parts))),
];

export interface ClientsRequest {
  readonly folders: Folders;
  /** Folders that may have files of clients of their own. */
  readonly projects: readonly string[];
  readonly leaveOut: (left: LeftOut) => void;
}

const readOne = async (path: string, file: ClientFile, { leaveOut }: ClientsRequest): Promise<readonly FoundClient[]> => {
  const text = readIfThere(path, leaveOut);
  if (text === undefined || text.trim() === '') return [];
  try {
    return [{ path, text, file, found: await readClient(text, file) }];
  } catch (error) {
    if (!(error instanceof UnreadableClient)) throw error;
    leaveOut({ path, why: error.message });
    return [];
  }
};

/** The files of MCP clients that are there, at their places for a person and in projects. */
export const readClients = async (request: ClientsRequest): Promise<readonly FoundClient[]> => {
  const known = new Set<string>();
  const found: FoundClient[] = [];
  for (const file of CLIENTS) {
    for (const path of placesOf(file, request.folders, request.projects)) {
      if (known.has(path)) continue;
      known.add(path);
      found.push(...(await readOne(path, file, request)));
    }
  }
  return found;
};
