import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../test/world/ports.ts';
import { startListening, type Subject } from './subject.ts';

/** nginx and haproxy, each one process with one thread, where the machine has them. */

/** The version of an installed program; undefined where there is none. */
const versionOf = (program: string): string | undefined => {
  const { stdout, stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0];
};

/** How a row of a table names the program. */
export const nameOf = (program: 'nginx' | 'haproxy'): string => `${program} ${versionOf(program) ?? ''}`.trim();

const demand = (program: string): void => {
  if (versionOf(program) === undefined) throw new Error('it is not installed');
};

const nginxText = (folder: string, port: number, { upstream, validator }: { readonly upstream: number; readonly validator?: number }): string => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('')}
  keepalive_requests 100000000;
  proxy_http_version 1.1;
  upstream server_behind { server 127.0.0.1:${String(upstream)}; keepalive 64; keepalive_requests 100000000; }
${validator === undefined ? '' : `  upstream validator { server 127.0.0.1:${String(validator)}; keepalive 64; keepalive_requests 100000000; }\n`}
  server {
    listen 127.0.0.1:${String(port)};
    location / {${validator === undefined ? '' : ' auth_request /validate;'} proxy_pass http://server_behind; proxy_set_header Connection ""; }
${validator === undefined ? '' : '    location = /validate { internal; proxy_pass http://validator; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header Connection ""; }\n'}  }
}
`;

/** nginx in front of a server; with a validator, it asks that one first (auth_request). */
export const startNginx = async (parent: string, name: string, behind: { readonly upstream: Subject; readonly validator?: Subject }): Promise<Subject> => {
  demand('nginx');
  const [folder, port] = [join(parent, name), await freePort()];
  mkdirSync(folder);
  const { upstream, validator } = behind;
  writeFileSync(join(folder, 'nginx.conf'), nginxText(folder, port, { upstream: upstream.port, ...(validator === undefined ? {} : { validator: validator.port }) }));
  return startListening({ name, port }, ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { core: 1 });
};

const haproxyText = (port: number, upstream: number, guards: readonly string[]): string => `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:${String(port)}
${guards.map((line) => `  ${line}\n`).join('')}  default_backend behind
backend behind
  http-reuse always
  server one 127.0.0.1:${String(upstream)}
`;

/** Runs haproxy in front of a server. @param guards further lines of its front end, made of the folder that holds its files */
export const startHaproxy = async (parent: string, name: string, { upstream, guards = () => [] }: { readonly upstream: Subject; readonly guards?: (folder: string) => readonly string[] }): Promise<Subject> => {
  demand('haproxy');
  const [folder, port] = [join(parent, name), await freePort()];
  mkdirSync(folder);
  writeFileSync(join(folder, 'haproxy.cfg'), haproxyText(port, upstream.port, guards(folder)));
  return startListening({ name, port }, ['haproxy', '-db', '-q', '-f', join(folder, 'haproxy.cfg')], { core: 1, into: openSync(join(folder, 'log'), 'a') });
};
