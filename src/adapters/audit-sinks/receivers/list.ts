import { linesFile } from './lines-file.ts';
import { otlp } from './otlp.ts';
import { syslog } from './syslog.ts';
import { webhook } from './webhook.ts';

/** Every kind of receiver of the trail. */
export const receiverKinds = [linesFile, syslog, otlp, webhook] as const;
