import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { isEvent } from '../../../model/trail-record.ts';
import type { FetchedAnswer } from '../../../ports/network.ts';
import type { Log } from '../../../ports/world.ts';
import { otlpRequest } from '../formats/otlp.ts';
import { plainHeaders, postJson } from './http-post.ts';
import { required, type ReceiverKind } from './receiver.ts';

const bodyOf = ({ body }: FetchedAnswer): JsonObject => {
  try {
    const value = JSON.parse(body.toString()) as JsonValue; // a JSON text gives a JSON value
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** What a collector has taken and thrown away is not sent again (OTLP/HTTP, "Partial Success"), but it is said. */
const warnOfRejected = (answer: FetchedAnswer, name: string, log: Log): void => {
  const { partialSuccess } = bodyOf(answer);
  const rejected = isJsonObject(partialSuccess) ? Number(partialSuccess['rejectedLogRecords'] ?? 0) : 0;
  if (rejected > 0) log.error('a collector has refused audit records for good', { sink: name, records: rejected });
};

/** A collector of OpenTelemetry: logs over HTTP, in JSON. */
export const otlp: ReceiverKind<'otlp'> = {
  kind: 'otlp',
  requires: ['url'],
  takes: ['url', 'headers'],
  build: ({ name, url, headers }, { network, log }) => ({
    async send(rows) {
      const events = rows.flatMap(({ record }) => (isEvent(record) ? [record] : []));
      if (events.length === 0) return;
      warnOfRejected(await postJson(network, { url: required(url, 'url'), headers: plainHeaders(headers), body: JSON.stringify(otlpRequest(events)) }), name, log);
    },
    close: () => undefined,
  }),
};
