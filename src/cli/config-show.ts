import { settingsOf, type Setting } from '../config/settings.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readConfigText } from './read-config.ts';
import { writeJson, type CommonOptions, type Terminal } from './terminal.ts';

export interface ConfigShowOptions extends CommonOptions {
  /** Say of each setting where its value comes from. */
  readonly origin?: boolean;
}

/** JSON is a part of YAML: the value can be copied into the file. */
const line = ({ path, value, origin }: Setting, withOrigin: boolean): string => `${path}: ${JSON.stringify(value)}${withOrigin ? `   # ${origin}` : ''}\n`;

/** `sallyport config show [--origin]`: every setting as the gateway takes it, with values that may be secrets masked. */
export const configShow = (path: string, options: ConfigShowOptions, terminal: Terminal): ExitCode => {
  for (const setting of settingsOf(readConfigText(path), path)) {
    if (options.json === true) writeJson(terminal, options.origin === true ? setting : { path: setting.path, value: setting.value });
    else terminal.stdout.write(line(setting, options.origin === true));
  }
  return EXIT.ok;
};
