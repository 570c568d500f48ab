import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import { requireEventStream, requireJson } from './media-headers.ts';

const BOTH = 'application/json, text/event-stream';
const posted = (headers: RequestHeaders): RequestHeaders => ({ 'content-type': 'application/json', accept: BOTH, ...headers });

const passes = (headers: RequestHeaders): void => {
  test(`${JSON.stringify(headers)} passes`, () => {
    assert.doesNotThrow(() => requireJson(posted(headers)));
  });
};

const isRefused = (code: ErrorCode, headers: RequestHeaders): void => {
  test(`${JSON.stringify(headers, (_, value: unknown) => value ?? null)} is refused`, () => {
    assert.throws(() => requireJson(posted(headers)), { code });
  });
};

suite('A body is JSON in UTF-8 to every reader of its Content-Type (N10, CVE-2026-25223)', () => {
  for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset=UTF-8', 'application/json ; charset="utf-8"']) {
    passes({ 'content-type': type });
  }
  for (const type of [
    undefined, '', 'text/plain', 'text/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; a=application/json', '*/*',
    'application/json; charset=utf-16', 'application/json; charset=utf8', 'application/json; charset=latin1', 'application/json; charset=utf-8; charset=utf-16', 'application/json; charset',
    'application/json;', 'application/json; v=1', 'application/json\ta', 'application/json\t', 'application/json;\tcharset=utf-8', 'application/json, application/json',
    'application/json, text/plain', 'application/jsonp', 'application/json-rpc', 'application/problem+json', 'application/vnd.api+json', ' application/json', 'application/j\u017fon', 'application/json\u0000',
    'application/json\r\nx: y', "application/json; charset='utf-8'", 'application/json; charset="utf-8', '"application/json"', 'application /json', 'application/json; Charset = utf-8',
  ]) {
    isRefused('http.media-type', { 'content-type': type });
  }
});

suite('A compressed body is refused before it is read (N11)', () => {
  for (const encoding of ['identity', 'IDENTITY']) passes({ 'content-encoding': encoding });
  for (const encoding of ['gzip', 'GZIP', 'br', 'zstd', 'deflate', 'gzip, gzip', 'identity, gzip', 'identity, identity', 'x', '']) isRefused('http.encoding', { 'content-encoding': encoding });
});

suite('The caller accepts both forms of an answer (Streamable HTTP, "Sending Messages")', () => {
  for (const accept of [
    undefined, BOTH, 'text/event-stream,application/json', '*/*', 'application/*, text/*', 'application/json, text/*;q=0.1', 'APPLICATION/JSON , Text/Event-Stream;charset=utf-8',
    'text/html, */*;q=0.8', 'application/json;q=0.5, text/event-stream;q=1.0',
  ]) {
    passes({ accept });
  }
  for (const accept of [
    '', 'application/json', 'text/event-stream', 'text/html', 'application/*', 'text/*', 'application/json, text/event-stream;q=0', 'application/json;q=0.000, text/event-stream',
    'application/json;q=0, */*', 'text/*;q=0, */*', 'application/jsonx, text/event-streams', 'application/json text/event-stream', 'x-application/json, text/event-stream',
  ]) {
    isRefused('http.not-acceptable', { accept });
  }
});

suite('A stream is opened only for a caller that names it', () => {
  for (const accept of ['text/event-stream', 'application/json, Text/Event-Stream', 'text/event-stream;q=0.5']) {
    test(`Accept: ${accept} opens one`, () => {
      assert.doesNotThrow(() => requireEventStream({ accept }));
    });
  }
  for (const accept of [undefined, '', '*/*', 'text/*', 'text/html,*/*;q=0.8', 'application/json', 'text/event-stream;q=0']) {
    test(`Accept: ${String(accept)} opens none`, () => {
      assert.throws(() => requireEventStream({ accept }), { code: 'http.not-acceptable' });
    });
  }
});
