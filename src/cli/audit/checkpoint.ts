import { Head, headsText, vouchedText } from '../../adapters/audit-sinks/chain/head.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface TrailOptions extends CommonOptions {
  readonly data?: string;
}

/** `sallyport audit checkpoint`: how far the trail goes, signed, to be kept where nobody who can write the trail can. */
export const checkpoint = (options: TrailOptions, terminal: Terminal, nowMs: number): ExitCode => {
  const home = openHome(findDirectory(options.data, terminal.env));
  try {
    readTrail(home).last(1);
    const { heads } = new Head(home.database, home.signer);
    writeJson(terminal, { at: new Date(nowMs).toISOString(), heads, keyId: home.signer.keyId, signature: home.signer.sign(vouchedText('checkpoint', headsText(heads))) });
    return EXIT.ok;
  } finally {
    home.database.close();
  }
};

/** `sallyport audit key`: the public key of the trail, for whoever verifies it elsewhere. */
export const key = (options: TrailOptions, terminal: Terminal): ExitCode => {
  const home = openHome(findDirectory(options.data, terminal.env));
  try {
    const { keyId, pem } = home.signer.publicKey;
    if (options.json === true) writeJson(terminal, { keyId, publicKey: pem });
    else terminal.stdout.write(pem);
    return EXIT.ok;
  } finally {
    home.database.close();
  }
};
