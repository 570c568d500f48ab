import type { AuditEvent } from '../../../model/audit-event.ts';
import { cefOf } from './cef.ts';

/** Facility 13 is "log audit" (RFC 5424 §6.2.1). */
const FACILITY = 13;

/** Informational, warning, error. */
const SEVERITY = { allow: 6, deny: 4, error: 3 } as const;

/** A record as a syslog message (RFC 5424 §6), with CEF as its text. The host is left open: what is behind a balancer has no name of its own. */
export const syslogMessage = (event: AuditEvent): string =>
  `<${String(FACILITY * 8 + SEVERITY[event.decision])}>1 ${event.at} - sallyport - ${event.type} - ${cefOf(event)}`;

/** The message with the number of its octets before it (RFC 6587 §3.4.1, which RFC 5425 §4.3 asks for over TLS). */
export const octetCounted = (message: string): string => `${String(Buffer.byteLength(message))} ${message}`;
