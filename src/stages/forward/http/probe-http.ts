import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Secret } from '../../../model/secret.ts';
import type { UpstreamFacts } from '../../../ports/upstream.ts';

export interface ProbeTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, Secret | string>>;
}

const plain = (headers: ProbeTarget['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]));

/**
 * Asks a server at start what it is: newest revision, title, tools. The SDK is used here and nowhere on the request path.
 * @throws whatever the SDK met: connection errors, refusals, protocol errors
 */
export const probeHttp = async (target: ProbeTarget, signal: AbortSignal): Promise<UpstreamFacts> => {
  const client = new Client({ name: 'sallyport', version: '0.1.0' }, { versionNegotiation: { mode: 'auto' } });
  const transport = new StreamableHTTPClientTransport(target.url, { requestInit: { headers: plain(target.headers), redirect: 'error', signal } });
  try {
    await client.connect(transport, { signal });
    const info = client.getServerVersion();
    const listed = client.getServerCapabilities()?.tools === undefined ? { tools: [] } : await client.listTools({}, { signal });
    const protocolVersion = client.getNegotiatedProtocolVersion() ?? 'unknown';
    return {
      title: info?.title ?? info?.name ?? target.url.host,
      transport: 'http',
      protocolVersion,
      eras: client.getProtocolEra() === 'modern' ? ['modern', 'legacy'] : ['legacy'],
      tools: listed.tools.map((tool) => ({ name: tool.name, readOnly: tool.annotations?.readOnlyHint === true, ...(tool.annotations?.destructiveHint === false ? { destructive: false } : {}) })),
    };
  } finally {
    await client.close().catch(() => undefined);
  }
};
