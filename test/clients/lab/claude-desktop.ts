import type { LabClient } from './lab-client.ts';
import { mcpRemote } from './mcp-remote.ts';

/** Claude Desktop with a local entry speaks stdio alone, so that it is mcp-remote who comes, in two processes (punkpeye/mcp-remote#245). */
export const claudeDesktop: LabClient = {
  ...mcpRemote,
  name: 'Claude Desktop (local)',
  sources: ['punkpeye/mcp-remote#245', 'anthropics/claude-ai-mcp#120'],
};
