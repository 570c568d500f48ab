import { chatgpt } from './chatgpt.ts';
import { claudeCode } from './claude-code.ts';
import { claudeDesktop } from './claude-desktop.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';
import { geminiCli } from './gemini-cli.ts';
import { inspector } from './inspector.ts';
import type { LabClient } from './lab-client.ts';
import { mcpRemote } from './mcp-remote.ts';
import { vscode } from './vscode.ts';

/** Every client that is simulated. */
export const LAB: readonly LabClient[] = [claude, claudeDesktop, claudeCode, chatgpt, cursor, vscode, codex, geminiCli, inspector, mcpRemote];
