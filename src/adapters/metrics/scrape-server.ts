import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXPOSITION_TYPE } from './exposition.ts';

/** A port where metrics are read. */
export interface ScrapeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /metrics on a loopback port of its own. @throws the socket's error */
export const serveScrapes = (port: number, scrape: () => string): Promise<ScrapeServer> => {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      response.writeHead(200, { 'Content-Type': EXPOSITION_TYPE }).end(scrape());
    } catch {
      response.writeHead(500).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.unref();
      const close = (): Promise<void> => new Promise((done) => void server.close(() => done()).closeAllConnections());
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
};
