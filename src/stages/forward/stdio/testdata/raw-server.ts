/**
 * An MCP server without a library, which misbehaves on request: node raw-server.ts [era] [flag…]
 * era: modern | legacy; flags: exit-on-probe, silent-before-initialize, hang, ignore-end, grandchild, roots-changed.
 * Its tools are named below; each does one thing a server should or should not do.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Json = Record<string, unknown>;
interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: unknown;
  readonly error?: unknown;
}

const [era = 'legacy', ...flags] = process.argv.slice(2);
const has = (flag: string): boolean => flags.includes(flag);
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const send = (message: Json): void => write(JSON.stringify({ jsonrpc: '2.0', ...message }));
const answers = new Map<unknown, (message: Message) => void>();
const held = new Map<string, unknown>();
const cancelled: unknown[] = [];
const notices: string[] = [];
let listening: unknown;
let level = 'none';
const watched = new Set<string>();

const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: {}, logging: {}, completions: {}, tasks: { list: {} } };
const serverInfo = { name: 'raw', title: 'Raw server', version: '1' };
const text = (value: unknown): Json => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }], ...(era === 'modern' ? { resultType: 'complete' } : {}) });

let asked = 0;
let asking: unknown;
const ask = (method: string, params: Json): Promise<Message> =>
  new Promise((resolve) => {
    asked += 1;
    const id = `ask-${asked}`;
    answers.set(id, resolve);
    send({ id, method, params });
  });

const change = (method: string, params: Json): void =>
  send({ method, params: era === 'modern' ? { ...params, _meta: { 'io.modelcontextprotocol/subscriptionId': listening } } : params });

const tools: Record<string, (args: Json, id: unknown, params: Json) => unknown> = {
  echo: (args) => text(args),
  params: (_args, _id, params) => text(params),
  pid: () => text(String(process.pid)),
  environment: () => text({ env: process.env, argv: process.argv.slice(2), cwd: process.cwd() }),
  vendor: () => ({ ...text('x'), 'com.example/extra': { kept: true }, _meta: { 'com.example/meta': 1 } }),
  number: (_args, id) => write(`{"jsonrpc":"2.0","id":${String(id)},"result":{"content":[],"big":12345678901234567890${era === 'modern' ? ',"resultType":"complete"' : ''}}}`),
  deep: ({ where, depth }, id) => {
    const nested = '['.repeat(Number(depth)) + ']'.repeat(Number(depth));
    if (where === 'notice') write(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":${nested}}}`);
    else write(`{"jsonrpc":"2.0","id":${String(id)},"result":{"content":[],"deep":${nested}}}`);
    return where === 'notice' ? text('told') : undefined;
  },
  big: ({ bytes }) => text('x'.repeat(Number(bytes))),
  garbage: () => {
    write('Server started on port 3000');
    write('{"half":');
    write('[1,2,3]');
    return text('after the garbage');
  },
  stderr: ({ lines, say }) => {
    for (let n = 0; n < Number(lines); n += 1) process.stderr.write(`${String(say)} ${n}\n`);
    return text('said');
  },
  exit: ({ code }) => process.exit(Number(code)),
  twice: (_args, id) => {
    send({ id, result: text('first') });
    return text('second');
  },
  strangers: () => {
    send({ id: 999_999, result: text('for nobody') });
    send({ id: 'x', result: {} });
    return text('for the caller');
  },
  ask: async ({ method, params }, id) => {
    asking = id;
    const { result, error } = await ask(String(method), params as Json);
    return text({ result, error });
  },
  withdraw: () => {
    send({ method: 'notifications/cancelled', params: { requestId: `ask-${asked}` } });
    send({ id: asking, result: text('answered without you') });
    return text('done');
  },
  'ask-twice': async ({ method, params }) => {
    const both = await Promise.all([ask(String(method), params as Json), ask(String(method), params as Json)]);
    return text(both.map(({ result, error }) => ({ result, error })));
  },
  hold: ({ name }, id) => {
    held.set(String(name), id);
    send({ method: 'notifications/message', params: { level: 'warning', data: `holding ${String(name)}` } });
    return undefined;
  },
  release: ({ name }) => {
    send({ id: held.get(String(name)), result: text(`released ${String(name)}`) });
    return text('done');
  },
  progress: (_args, _id, { _meta }) => {
    const { progressToken } = (_meta ?? {}) as Json;
    if (progressToken !== undefined) for (const progress of [1, 2]) send({ method: 'notifications/progress', params: { progressToken, progress } });
    return text('done');
  },
  log: ({ level: at, data }) => {
    send({ method: 'notifications/message', params: { level: at, data } });
    return text('logged');
  },
  level: () => text(level),
  cancelled: () => text(cancelled),
  notices: () => text(notices),
  watched: () => text([...watched]),
  change: ({ uri }) => {
    if (uri === undefined) change('notifications/tools/list_changed', {});
    else change('notifications/resources/updated', { uri });
    return text('changed');
  },
  url: (_args, id) =>
    send({ id, error: { code: -32042, message: 'Visit the page first', data: { elicitations: [{ mode: 'url', elicitationId: 'e1', url: 'https://example.com', message: 'Sign in' }] } } }),
};

const requests: Record<string, (params: Json, id: unknown) => unknown> = {
  'server/discover': (_params, id) => {
    if (has('exit-on-probe')) process.exit(7);
    if (era === 'modern') return { resultType: 'complete', ttlMs: 5, cacheScope: 'public', supportedVersions: ['2026-07-28'], capabilities, _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } };
    if (has('future-only')) return send({ id, error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2031-01-01'], requested: '2026-07-28' } } });
    return send({ id, error: { code: -32602, message: 'Received request before initialization was complete' } });
  },
  initialize: () => ({ protocolVersion: '2025-11-25', capabilities, serverInfo, instructions: 'Be kind.' }),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' }, ...(name === 'echo' ? { annotations: { readOnlyHint: true } } : {}) })), ...(era === 'modern' ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}) }),
  'tools/call': (params, id) => tools[String(params['name'])]?.((params['arguments'] ?? {}) as Json, id, params) ?? undefined,
  'resources/read': ({ uri }, id) => send({ id, error: { code: era === 'modern' ? -32602 : -32002, message: 'Resource not found', data: { uri } } }),
  'resources/subscribe': ({ uri }, id) => (String(uri).startsWith('no:') ? send({ id, error: { code: -32602, message: 'Not that one' } }) : (watched.add(String(uri)), {})),
  'resources/unsubscribe': ({ uri }) => (watched.delete(String(uri)), {}),
  'logging/setLevel': ({ level: at }) => ((level = String(at)), {}),
  'subscriptions/listen': ({ notifications }, id) => {
    listening = id;
    const filter = notifications as { resourceSubscriptions?: string[] };
    watched.clear();
    for (const uri of filter.resourceSubscriptions ?? []) if (!uri.startsWith('no:')) watched.add(uri);
    send({ method: 'notifications/subscriptions/acknowledged', params: { _meta: { 'io.modelcontextprotocol/subscriptionId': id }, notifications: { ...filter, ...(watched.size > 0 ? { resourceSubscriptions: [...watched] } : {}) } } });
  },
};

let isInitialized = false;
const handle = async ({ id, method, params = {}, ...rest }: Message): Promise<void> => {
  if (method === undefined) return answers.get(id)?.({ ...rest });
  if (has('silent-before-initialize') && !isInitialized && method !== 'initialize') return;
  if (method === 'initialize') isInitialized = true;
  if (id === undefined) {
    notices.push(method);
    if (method === 'notifications/cancelled') cancelled.push(params['requestId']);
    return;
  }
  const answer = requests[method];
  if (answer === undefined) return send({ id, error: { code: -32601, message: 'Method not found' } });
  const result = await answer(params, id);
  if (result !== undefined) send({ id, result });
};

if (has('hang')) setInterval(() => undefined, 1_000);
if (has('ignore-end')) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1_000);
}
// A helper that ignores everything but SIGKILL, as a package runner's child may.
if (has('grandchild')) spawn('/bin/sh', ['-c', "trap '' TERM HUP INT; while :; do sleep 1; done"], { stdio: 'ignore' });
if (!has('hang')) createInterface({ input: process.stdin }).on('line', (line) => void handle(JSON.parse(line) as Message));
