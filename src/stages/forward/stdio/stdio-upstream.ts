import { GatewayError } from '../../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { Hangup } from '../../../model/hangup.ts';
import type { Reply } from '../../../model/exchange.ts';
import type { Outbound, ToolFacts, Upstream, UpstreamFacts, UpstreamHealth } from '../../../ports/upstream.ts';
import { ChangeHub } from './changes/change-hub.ts';
import { LogLevels } from './child/log-levels.ts';
import { listTools } from './child/list-tools.ts';
import { Supervisor } from './child/supervisor.ts';
import type { BridgeParts } from './serve/bridge-parts.ts';
import { LegacySide } from './serve/legacy/legacy-side.ts';
import { ModernSide } from './serve/modern/modern-side.ts';
import { stdioSettings, type StdioNeeds, type StdioOptions } from './stdio-options.ts';

/** Only a clear statement makes a tool a read; everything else counts as a write. */
const toolFacts = (tool: JsonValue): readonly ToolFacts[] => {
  if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return [];
  const { annotations } = tool;
  return [{ name: tool['name'], readOnly: isJsonObject(annotations) && annotations['readOnlyHint'] === true }];
};

const textOf = (holder: JsonObject, name: string): string | undefined => (typeof holder[name] === 'string' ? holder[name] : undefined);

/**
 * An MCP server that is a child process, served over HTTP to callers of both eras, whichever one it speaks itself: the
 * gateway's own end of MCP. One child serves all callers, so nothing of one caller's is left in it or told to another.
 */
export const buildStdioUpstream = (options: StdioOptions, needs: StdioNeeds): Upstream => {
  const settings = stdioSettings(options);
  const { clock } = needs;
  const hub = new ChangeHub(clock);
  const logLevels = new LogLevels();
  const supervisor = new Supervisor(settings, {
    ...needs,
    opened: (child) => {
      hub.opened(child);
      logLevels.opened(child);
    },
  });
  const parts: BridgeParts = { settings, needs, supervisor, hub, logLevels };
  const modern = new ModernSide(parts);
  const legacy = new LegacySide(parts);
  let isClosed = false;

  const probe = async (signal: AbortSignal): Promise<UpstreamFacts> => {
    const hangup = new Hangup();
    signal.addEventListener('abort', () => hangup.abort(), { once: true });
    // Two starts at most: with the era probe, and without it.
    const child = await supervisor.child({ timeoutMs: 2 * settings.startTimeoutMs + 10_000, hangup });
    const { serverInfo, protocolVersion } = child.facts;
    const title = textOf(serverInfo, 'title') ?? textOf(serverInfo, 'name') ?? settings.server;
    return { title, transport: 'stdio', protocolVersion, eras: ['modern', 'legacy'], tools: (await listTools(child, settings.startTimeoutMs)).flatMap(toolFacts) };
  };
  const send = async (outbound: Outbound): Promise<Reply> => {
    if (isClosed) throw new GatewayError('house.stopping', { reason: 'the upstream is closed' });
    const { call } = outbound;
    return call.kind !== 'status' && call.era === 'modern' ? modern.send(outbound) : legacy.send(outbound);
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    modern.close();
    legacy.close();
    await supervisor.close();
  };
  return { probe, send, close, health: (): UpstreamHealth => supervisor.health() };
};
