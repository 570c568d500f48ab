import { ALARM_NAMES } from '../../model/alarm.ts';
import type { Family } from './family.ts';

/** What is counted as it happens, apart from calls. */
const counted = [
  { name: 'sallyport_shadow_differences_total', type: 'counter', labels: ['server', 'would'], help: 'Calls that the policy under shadow would have decided otherwise, by server and by what it would have decided.' },
  { name: 'sallyport_tokens_issued_total', type: 'counter', labels: ['grant'], help: 'Answers of the token endpoint that brought tokens, by the kind of grant; refresh_token are those that were refreshed.' },
  { name: 'sallyport_handshakes_refused_total', type: 'counter', labels: [], help: 'TLS handshakes that were closed because their address began too many.' },
  { name: 'sallyport_alarms_raised_total', type: 'counter', labels: ['alarm'], values: ALARM_NAMES, help: 'Alarms that were raised or got worse, by their name.' },
  { name: 'sallyport_telemetry_dropped_total', type: 'counter', labels: ['signal'], values: ['traces', 'metrics'], help: 'What was not told to a collector of telemetry because too much waited or it was refused for good: traces (requests), or metrics (reports).' },
  { name: 'sallyport_telemetry_failures_total', type: 'counter', labels: ['signal'], values: ['traces', 'metrics'], help: 'Times that a collector of telemetry did not take what it was sent.' },
  { name: 'sallyport_config_reloads_total', type: 'counter', labels: ['result'], values: ['ok', 'failed'], help: 'Configurations that were read again: ok, or failed, after which the old one goes on.' },
] as const satisfies readonly Family[];

/** What follows from the records of calls. */
const calls = [
  { name: 'sallyport_requests_total', type: 'counter', labels: ['server', 'method', 'decision', 'code'], help: 'Requests by server, method, decision (allow, deny, error) and error code.' },
  { name: 'sallyport_request_duration_seconds', type: 'histogram', labels: ['server', 'decision'], help: 'Time from the request to the end of its reply, streams included.' },
  { name: 'sallyport_upstream_duration_seconds', type: 'histogram', labels: ['server'], help: 'Time from the decision until the server began to answer, or was given up.' },
  { name: 'sallyport_tool_calls_total', type: 'counter', labels: ['server', 'tool', 'decision'], help: 'Calls of tools by decision; other stands for every tool that the server does not list.' },
  { name: 'sallyport_tool_errors_total', type: 'counter', labels: ['server', 'tool'], help: 'Calls of tools that were let in and whose result says that the tool failed (isError).' },
  { name: 'sallyport_limits_hit_total', type: 'counter', labels: ['server', 'code'], help: 'Requests that were refused because a limit was reached, by its error code.' },
] as const satisfies readonly Family[];

/** What is looked at when somebody asks. */
const looked = [
  { name: 'sallyport_build_info', type: 'gauge', labels: ['version', 'node'], help: 'Always 1; the labels say which version runs on which version of Node.js.' },
  { name: 'sallyport_open_streams', type: 'gauge', labels: [], help: 'Event streams open now.' },
  { name: 'sallyport_held_tools', type: 'gauge', labels: [], help: 'Tools that are new or have changed and wait to be accepted.' },
  { name: 'sallyport_upstream_up', type: 'gauge', labels: ['server'], help: 'Whether a server could be reached when it was last needed: 1, or 0.' },
  { name: 'sallyport_audit_write_failures_total', type: 'counter', labels: [], help: 'Writes of the audit trail that failed; what they were about was refused.' },
  { name: 'sallyport_audit_journal_bytes', type: 'gauge', labels: [], help: 'Bytes of the audit journal that are durable and not in the database yet.' },
  { name: 'sallyport_audit_sink_lag_records', type: 'gauge', labels: ['sink'], help: 'Audit records that a receiver of audit.sinks has not taken yet.' },
  { name: 'sallyport_audit_sink_stalled', type: 'gauge', labels: ['sink'], help: 'Whether a receiver of audit.sinks is further behind than its spool, or has failed for minutes: 1, or 0.' },
  { name: 'sallyport_audit_sink_failures_total', type: 'counter', labels: ['sink'], help: 'Batches of audit records that a receiver did not take; they are sent again.' },
  { name: 'sallyport_alarms_open', type: 'gauge', labels: ['alarm'], help: 'Alarms that nobody has closed yet, by their name.' },
  { name: 'sallyport_certificate_expiry_seconds', type: 'gauge', labels: ['kind', 'name'], help: 'Time until certificates and lists of revoked ones end, by kind and by where they stand; of all that clients have shown, the one that ends first.' },
  { name: 'sallyport_config_last_reload_successful', type: 'gauge', labels: [], help: 'Whether the configuration that was read last is in force: 1, or 0 while an older one goes on.' },
  { name: 'process_cpu_seconds_total', type: 'counter', labels: [], help: 'CPU time of the process, user and system.' },
  { name: 'process_resident_memory_bytes', type: 'gauge', labels: [], help: 'Resident memory of the process.' },
  { name: 'process_start_time_seconds', type: 'gauge', labels: [], help: 'When the process began, in seconds since the epoch.' },
] as const satisfies readonly Family[];

export type CountedName = (typeof counted)[number]['name'];
export type CallName = (typeof calls)[number]['name'];
export type LookedName = (typeof looked)[number]['name'];
export type FamilyName = CountedName | CallName | LookedName;

/** Every metric there is, in the order they are printed in; docs/metrics.md is written from here. */
export const families: readonly (Family & { readonly name: FamilyName })[] = [...calls, ...counted, ...looked];
