import type { ClientFile, Folders, Lift } from './client.ts';

/** What is data of programs on each platform: Application Support, Roaming, `~/.config`. */
const support = ({ platform, home, roaming, config }: Folders): string => {
  if (platform === 'darwin') return `${home}/Library/Application Support`;
  return platform === 'win32' ? roaming : config;
};

const SHELL: Lift = { kind: 'variable', reference: (name) => `\${${name}}` };
const PREFIXED: Lift = { kind: 'variable', reference: (name) => `\${env:${name}}` };
const STORAGE = ['globalStorage', 'saoudrizwan.claude-dev', 'settings', 'cline_mcp_settings.json'];
const EDITORS = ['Code', 'Code - Insiders', 'VSCodium'];

/**
 * The clients whose files are known, as of November 2026. Which of them replace variables, and how, is what each of them documents; that Zed
 * and Claude Desktop replace none is zed-industries/zed#60459 and the guide on debugging of modelcontextprotocol.io.
 */
export const CLIENTS: readonly ClientFile[] = [
  { client: 'Claude Desktop', format: 'json', servers: [['mcpServers']], lift: { kind: 'bridge' }, ofPerson: (folders) => [[support(folders), 'Claude', 'claude_desktop_config.json']], inProject: [['claude_desktop_config.json']] },
  { client: 'Claude Code', format: 'json', servers: [['mcpServers'], ['projects', '*', 'mcpServers']], lift: SHELL, ofPerson: ({ home }) => [[home, '.claude.json']], inProject: [['.mcp.json']] },
  { client: 'Cursor', format: 'json', servers: [['mcpServers']], lift: PREFIXED, ofPerson: ({ home }) => [[home, '.cursor', 'mcp.json']], inProject: [['.cursor', 'mcp.json']] },
  { client: 'VS Code', format: 'json', servers: [['servers']], lift: { kind: 'input' }, ofPerson: (folders) => EDITORS.map((editor) => [support(folders), editor, 'User', 'mcp.json']), inProject: [['.vscode', 'mcp.json']] },
  { client: 'Codex', format: 'toml', servers: [['mcp_servers']], lift: { kind: 'codex' }, ofPerson: ({ home }) => [[home, '.codex', 'config.toml']], inProject: [['.codex', 'config.toml']] },
  { client: 'Gemini CLI', format: 'json', servers: [['mcpServers']], lift: SHELL, ofPerson: ({ home }) => [[home, '.gemini', 'settings.json']], inProject: [['.gemini', 'settings.json']] },
  { client: 'Windsurf', format: 'json', servers: [['mcpServers']], lift: PREFIXED, ofPerson: ({ home }) => [[home, '.codeium', 'windsurf', 'mcp_config.json']], inProject: [] },
  { client: 'Zed', format: 'json', servers: [['context_servers']], lift: { kind: 'bridge' }, ofPerson: ({ platform, home, roaming, config }) => [platform === 'win32' ? [roaming, 'Zed', 'settings.json'] : [platform === 'darwin' ? `${home}/.config` : config, 'zed', 'settings.json']], inProject: [['.zed', 'settings.json']] },
  { client: 'Cline', format: 'json', servers: [['mcpServers']], lift: PREFIXED, ofPerson: (folders) => [...EDITORS.map((editor) => [support(folders), editor, 'User', ...STORAGE]), [folders.home, '.cline', 'data', 'settings', 'cline_mcp_settings.json']], inProject: [] },
];
