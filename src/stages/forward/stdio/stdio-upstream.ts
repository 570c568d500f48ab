import { GatewayError } from '../../../errors/gateway-error.ts';
import type { Reply } from '../../../model/exchange.ts';
import { Hangup } from '../../../model/hangup.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import type { Outbound, ToolFacts, Upstream, UpstreamFacts, UpstreamHealth } from '../../../ports/upstream.ts';
import { ChangeHub } from './changes/change-hub.ts';
import { listTools } from './child/list-tools.ts';
import { LogLevels } from './child/log-levels.ts';
import { Supervisor } from './child/supervisor.ts';
import type { BridgeParts } from './serve/bridge-parts.ts';
import { LegacySide } from './serve/legacy/legacy-side.ts';
import { ModernSide } from './serve/modern/modern-side.ts';
import { stdioSettings, type StdioNeeds, type StdioOptions } from './stdio-options.ts';

/** What a start may need beyond its two attempts: ending the first child. */
const START_SLACK_MS = 10_000;

/** Only a clear statement makes a tool a read; everything else counts as a write. */
const toolFacts = (tool: JsonValue): readonly ToolFacts[] => {
  if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return [];
  const hints = isJsonObject(tool['annotations']) ? tool['annotations'] : {};
  return [{ name: tool['name'], readOnly: hints['readOnlyHint'] === true, ...(hints['destructiveHint'] === false ? { destructive: false } : {}) }];
};

const textOf = (holder: JsonObject, name: string): string | undefined => (typeof holder[name] === 'string' ? holder[name] : undefined);

const hangupOf = (signal: AbortSignal): Hangup => {
  const hangup = new Hangup();
  signal.addEventListener('abort', () => hangup.abort(), { once: true });
  if (signal.aborted) hangup.abort();
  return hangup;
};

const assemble = (options: StdioOptions, needs: StdioNeeds): BridgeParts => {
  const settings = stdioSettings(options);
  const hub = new ChangeHub(needs.clock);
  const logLevels = new LogLevels();
  const supervisor = new Supervisor(settings, {
    ...needs,
    opened: (child) => {
      hub.opened(child);
      logLevels.opened(child);
    },
  });
  return { settings, needs, supervisor, hub, logLevels };
};

class StdioUpstream implements Upstream {
  readonly #parts: BridgeParts;
  readonly #modern: ModernSide;
  readonly #legacy: LegacySide;
  #isClosed = false;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#modern = new ModernSide(parts);
    this.#legacy = new LegacySide(parts);
  }

  async probe(signal: AbortSignal): Promise<UpstreamFacts> {
    const { settings, supervisor } = this.#parts;
    // Two starts at most: with the era probe, and without it.
    const child = await supervisor.child({ timeoutMs: 2 * settings.startTimeoutMs + START_SLACK_MS, hangup: hangupOf(signal) });
    const { serverInfo, protocolVersion } = child.facts;
    const title = textOf(serverInfo, 'title') ?? textOf(serverInfo, 'name') ?? settings.server;
    const tools = await listTools(child, settings.startTimeoutMs);
    return { title, transport: 'stdio', protocolVersion, eras: ['modern', 'legacy'], tools: tools.flatMap(toolFacts) };
  }

  async send(outbound: Outbound): Promise<Reply> {
    if (this.#isClosed) throw new GatewayError('house.stopping', { reason: 'the upstream is closed' });
    const { call } = outbound;
    return call.kind !== 'status' && call.era === 'modern' ? this.#modern.send(outbound) : this.#legacy.send(outbound);
  }

  health(): UpstreamHealth {
    return this.#parts.supervisor.health();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#modern.close();
    this.#legacy.close();
    await this.#parts.supervisor.close();
  }
}

/**
 * An MCP server that is a child process, served over HTTP to callers of both eras, whichever one it speaks itself: the
 * gateway's own end of MCP. One child serves all callers, so nothing of one caller's is left in it or told to another.
 */
export const buildStdioUpstream = (options: StdioOptions, needs: StdioNeeds): Upstream => new StdioUpstream(assemble(options, needs));
