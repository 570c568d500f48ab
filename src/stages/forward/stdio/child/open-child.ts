import { GatewayError } from '../../../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import { RpcCode } from '../rpc/codes.ts';
import type { RpcOutcome } from '../rpc/message.ts';
import type { StdioNeeds, StdioSettings } from '../stdio-options.ts';
import { ChildRun, type OpenChild } from './child-run.ts';
import { factsFromDiscovery, factsFromInitialize, LEGACY_VERSIONS, MODERN_VERSION, NEWEST_LEGACY, type ServerFacts } from './server-facts.ts';

/** Servers that ignore what comes before `initialize` are silent; after this time both are asked at once. */
const PROBE_SILENCE_MS = 3_000;

const CLIENT_INFO = { name: 'sallyport', version: '0.1.0' } as const;

/**
 * What a shared legacy child is told its client can do. Not roots: a server such as server-filesystem takes the answer
 * for all its callers, so one caller would decide what every other may reach.
 */
const LEGACY_CLIENT = { sampling: { tools: {}, context: {} }, elicitation: { form: {}, url: {} } };

/** The `_meta` of the gateway's own requests to a modern child. */
export const GATEWAY_META: JsonObject = {
  'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
  'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/**
 * How a server is asked for its era: `probe` first, and `initialize` where that is met with silence; `modern` waits for the answer to the
 * probe alone; `legacy` does not probe, because an earlier run has shown what the server is: the verdict is kept (IO-4).
 */
type Asking = 'probe' | 'modern' | 'legacy';

export interface OpenNeeds extends StdioNeeds {
  readonly asking: Asking;
  /** Fires when the gateway no longer wants the child: a start must not hold up the end. */
  readonly signal: AbortSignal;
}

const unreachable = (reason: string): GatewayError => new GatewayError('upstream.unreachable', { reason });

/** The server has said itself that it speaks nothing we speak: asking in another way is in vain. */
class WrongRevision extends GatewayError {}

/** A modern server that was slow to start has been asked to initialize as well, and one that accepts speaks the older era from then on. */
class AskedTwice extends GatewayError {}

/** A modern server that lacks our revision names others: go on with a legacy one if there is one, never otherwise. */
const readRefusal = ({ code, data }: { code: number; data?: unknown }): void => {
  if (code !== RpcCode.unsupportedVersion || !isJsonObject(data) || !Array.isArray(data['supported'])) return;
  const { supported } = data;
  if (!LEGACY_VERSIONS.some((version) => supported.includes(version))) {
    const reason = `the server speaks only MCP ${supported.join(', ')}; the gateway speaks ${MODERN_VERSION} and ${LEGACY_VERSIONS.join(', ')}`;
    throw new WrongRevision('upstream.unreachable', { reason });
  }
};

const ask = ({ connection }: ChildRun, method: string, params: JsonObject): Promise<RpcOutcome> =>
  // Bounded by the start as a whole: a package runner may have to download the server first.
  connection.call({ method, params, origin: undefined, timeoutMs: Number.POSITIVE_INFINITY }).outcome;

/** Undefined: the server is not modern. Keyed on no error code (IO-4 M). */
const discover = async (run: ChildRun): Promise<ServerFacts | undefined> => {
  const outcome = await ask(run, 'server/discover', { _meta: GATEWAY_META });
  if (outcome.kind === 'result') return factsFromDiscovery(outcome.result);
  readRefusal(outcome.error);
  return undefined;
};

const initialize = async (run: ChildRun): Promise<ServerFacts> => {
  const outcome = await ask(run, 'initialize', { protocolVersion: NEWEST_LEGACY, capabilities: LEGACY_CLIENT, clientInfo: CLIENT_INFO });
  if (outcome.kind === 'error') throw unreachable(`the server refused to initialize: ${run.process.mask.apply(outcome.error.message)} (${outcome.error.code})`);
  const facts = factsFromInitialize(outcome.result);
  if (facts === undefined) throw unreachable(`the server chose protocol version ${JSON.stringify(outcome.result['protocolVersion'])}, which the gateway does not speak`);
  run.connection.notify('notifications/initialized', {});
  return facts;
};

/** Resolves when a server that answers in order has answered all it was asked before, or is silent for too long to be waited for. */
const caughtUp = (run: ChildRun, clock: Clock): Promise<unknown> => {
  const silence = Promise.withResolvers<undefined>();
  const cancel = clock.after(PROBE_SILENCE_MS, () => silence.resolve(undefined));
  return Promise.race([ask(run, 'ping', {}), silence.promise]).finally(cancel);
};

/**
 * Asks a server for both eras that has not answered the probe: a legacy one may ignore what comes before `initialize`. One that is merely
 * slow to start has both questions waiting in its pipe, answers both, in no order to be relied on, and is in the older era from then on.
 */
const askForBoth = async (run: ChildRun, { probe, clock }: { readonly probe: Promise<ServerFacts | undefined>; readonly clock: Clock }): Promise<ServerFacts> => {
  let isModern = false;
  const noticed = probe.then((facts) => (isModern = facts !== undefined));
  const initialized = initialize(run);
  await Promise.race([initialized, noticed.then((found) => (found ? undefined : initialized))]);
  if (!isModern) await Promise.race([caughtUp(run, clock), noticed]);
  if (isModern) throw new AskedTwice('upstream.unreachable', { reason: 'the server was too slow to start to be asked once' });
  return initialized;
};

const negotiate = async (run: ChildRun, clock: Clock): Promise<ServerFacts> => {
  const probe = discover(run);
  const silence = Promise.withResolvers<'silent'>();
  const cancel = clock.after(PROBE_SILENCE_MS, () => silence.resolve('silent'));
  const first = await Promise.race([probe, silence.promise]).finally(cancel);
  if (first === undefined) return initialize(run);
  return first === 'silent' ? askForBoth(run, { probe, clock }) : first;
};

const factsOf = (run: ChildRun, asking: Asking, clock: Clock): Promise<ServerFacts> => {
  if (asking === 'probe') return negotiate(run, clock);
  return asking === 'legacy' ? initialize(run) : discover(run).then((facts) => facts ?? initialize(run));
};

type Attempt = { readonly kind: 'open'; readonly child: OpenChild } | { readonly kind: 'failed'; readonly error: unknown; readonly next: Asking | undefined };

const openOnce = async (settings: StdioSettings, { asking, signal, ...needs }: OpenNeeds): Promise<Attempt> => {
  const run = new ChildRun(settings, needs);
  const late = Promise.withResolvers<never>();
  const cancel = needs.clock.after(settings.startTimeoutMs, () => late.reject(unreachable(tooLate(settings, run.process.stderrTail()))));
  const stop = (): void => late.reject(unreachable('the gateway stopped while the server was starting'));
  signal.addEventListener('abort', stop);
  try {
    const facts = await Promise.race([factsOf(run, asking, needs.clock), late.promise]);
    run.markOpen();
    return { kind: 'open', child: { run, connection: run.connection, facts } };
  } catch (error) {
    await run.process.kill();
    const isFinal = asking !== 'probe' || error instanceof WrongRevision || (await run.ended).neverRan;
    return { kind: 'failed', error, next: isFinal ? undefined : error instanceof AskedTwice ? 'modern' : 'legacy' };
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
};

const tooLate = ({ command, startTimeoutMs }: StdioSettings, stderr: readonly string[]): string =>
  [
    `"${command}" did not answer within ${startTimeoutMs} ms.`,
    stderr.length === 0 ? 'It wrote nothing to stderr.' : `Its last lines on stderr: ${stderr.join(' ⏎ ')}.`,
    'Raise startTimeoutMs if it needs longer, or run the command by hand to see whether it speaks MCP on stdout.',
  ].join(' ');

/**
 * Starts a child and finds out which era it speaks: modern if it answers `server/discover`, legacy otherwise (IO-4).
 * A server that cannot bear being probed is started again without the probe, and one that was asked for both eras with the probe alone.
 * @throws GatewayError `upstream.unreachable`
 */
export const openChild = async (settings: StdioSettings, needs: OpenNeeds): Promise<OpenChild> => {
  let attempt = await openOnce(settings, needs);
  if (attempt.kind === 'failed' && attempt.next !== undefined && !needs.signal.aborted) attempt = await openOnce(settings, { ...needs, asking: attempt.next });
  if (attempt.kind === 'failed') throw attempt.error;
  return attempt.child;
};
