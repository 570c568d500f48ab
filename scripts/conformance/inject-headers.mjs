// Loaded into the conformance suite with `--import`. The suite has no option for credentials, so this adds headers to
// every request it sends to one origin. Node publishes each outgoing request on a diagnostics channel before it is
// written: the first channel covers `fetch` and undici, the second `node:http`, which a few scenarios use.
import { subscribe } from 'node:diagnostics_channel';

const origin = process.env.CONFORMANCE_ORIGIN;
const headers = Object.entries(JSON.parse(process.env.CONFORMANCE_HEADERS ?? '{}'));

subscribe('undici:request:create', ({ request }) => {
  if (String(request.origin) !== origin) return;
  for (const [name, value] of headers) request.addHeader(name, value);
});

subscribe('http.client.request.created', ({ request }) => {
  if (`http://${request.getHeader('host')}` !== origin) return;
  for (const [name, value] of headers) request.setHeader(name, value);
});
