import { chatgpt } from './chatgpt.ts';
import { claudeCode } from './claude-code.ts';
import { claudeDesktop } from './claude-desktop.ts';
import { claude } from './claude.ts';
import { cline } from './cline.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';
import { geminiCli } from './gemini-cli.ts';
import { inspector } from './inspector.ts';
import type { LabClient } from './lab-client.ts';
import { mcpRemote } from './mcp-remote.ts';
import { n8n } from './n8n.ts';
import { opencode } from './opencode.ts';
import { vscode } from './vscode.ts';
import { zed } from './zed.ts';

/** Every client that is simulated. */
export const LAB: readonly LabClient[] = [claude, claudeDesktop, claudeCode, chatgpt, cursor, vscode, codex, geminiCli, cline, opencode, zed, n8n, inspector, mcpRemote];
