import type { Secret } from '../../../../model/secret.ts';

/** What a child may see of the gateway's own environment; everything else stays here (I01, I05). */
const ALLOWED_NAMES = new Set(['PATH', 'HOME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL', 'TERM']);

/** Without these a Windows program cannot find its own system. */
const ALLOWED_ON_WINDOWS = new Set([
  'PATH', 'PATHEXT', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'TEMP', 'TMP', 'USERNAME', 'USERPROFILE', 'HOMEDRIVE',
  'HOMEPATH', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'PROCESSOR_ARCHITECTURE',
]);

export interface EnvironmentSources {
  readonly inheritEnv: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, Secret | string>>;
}

export interface ChildEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Plain values that must not appear in a log. */
  readonly secrets: readonly string[];
}

const isAllowed = (name: string, platform: string): boolean =>
  platform === 'win32' ? ALLOWED_ON_WINDOWS.has(name.toUpperCase()) : ALLOWED_NAMES.has(name) || name.startsWith('LC_');

/**
 * The whole environment of a child: the allow-list, then what the operator configured for this server.
 * A name such as NODE_OPTIONS or LD_PRELOAD gets in only by being configured. The one place of the room that reveals
 * secrets: the environment is where a stdio server's credential comes from (MCP authorization, IO-1).
 */
export const childEnvironment = ({ inheritEnv, env }: EnvironmentSources, platform: string): ChildEnvironment => {
  const inherited = Object.entries(inheritEnv).flatMap(([name, value]) =>
    value !== undefined && isAllowed(name, platform) ? [[name, value] as const] : [],
  );
  const secrets: string[] = [];
  const configured = Object.entries(env).map(([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    const plain = value.reveal();
    secrets.push(plain);
    return [name, plain] as const;
  });
  return { variables: Object.fromEntries([...inherited, ...configured]), secrets };
};
