import { isJsonObject, type JsonObject } from '../../src/model/json.ts';

/** Few enough to read (docs/decisions/0001-stack.md). */
export const MOST_RUNTIME_PACKAGES = 100;

const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

const objectAt = (value: JsonObject, member: string): JsonObject => {
  const inner = value[member];
  return isJsonObject(inner) ? inner : {};
};

/** Dependencies of a package.json that name no exact version. */
export const looseVersions = (manifest: JsonObject): readonly string[] =>
  ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
    Object.entries(objectAt(manifest, kind)).flatMap(([name, version]) => (typeof version === 'string' && EXACT.test(version) ? [] : [`${name} ${JSON.stringify(version)}`])),
  );

const packagesOf = (lock: JsonObject): readonly (readonly [path: string, entry: JsonObject])[] =>
  Object.entries(objectAt(lock, 'packages')).flatMap(([path, entry]) => (path !== '' && isJsonObject(entry) ? [[path, entry] as const] : []));

/** Packages of a lockfile that an installation of ours brings along. */
export const runtimePackages = (lock: JsonObject): readonly string[] => packagesOf(lock).flatMap(([path, { dev, devOptional }]) => (dev === true || devOptional === true ? [] : [path]));

/** Packages whose lockfile entry says where they were fetched: a lockfile is for every registry. */
export const addressed = (lock: JsonObject): readonly string[] => packagesOf(lock).flatMap(([path, entry]) => (entry['resolved'] === undefined ? [] : [path]));

/** A development tool's binary for another machine: the registry the lockfile was written with need not have it. */
const isForElsewhere = ({ dev, optional, os }: JsonObject): boolean => dev === true && optional === true && os !== undefined;

/** Packages that could be swapped unnoticed. */
export const withoutIntegrity = (lock: JsonObject): readonly string[] =>
  packagesOf(lock).flatMap(([path, entry]) => (typeof entry['integrity'] === 'string' || entry['inBundle'] === true || isForElsewhere(entry) ? [] : [path]));

/** What a package wants and the lockfile does not hold: `npm ci` then installs nothing at all, also when the wish is optional. */
export const unlocked = (lock: JsonObject): readonly string[] => {
  const held = new Set(packagesOf(lock).map(([path]) => path));
  // Node looks into every node_modules on the way up.
  const isHeld = (from: string, name: string): boolean => held.has(`${from}node_modules/${name}`) || (from !== '' && isHeld(from.slice(0, Math.max(0, from.lastIndexOf('node_modules/', from.length - 2))), name));
  return packagesOf(lock).flatMap(([path, entry]) =>
    Object.keys({ ...objectAt(entry, 'dependencies'), ...objectAt(entry, 'optionalDependencies') })
      .filter((name) => !isHeld(`${path}/`, name))
      .map((name) => `${path} wants ${name}`),
  );
};

/** Runtime packages that run a program when they are installed, or are built for one kind of machine. */
export const unquiet = (lock: JsonObject): readonly string[] => {
  const runtime = new Set(runtimePackages(lock));
  return packagesOf(lock).flatMap(([path, { hasInstallScript, os, cpu }]) => (runtime.has(path) && (hasInstallScript === true || os !== undefined || cpu !== undefined) ? [path] : []));
};

/** Direct dependencies of which the lockfile holds another version than package.json asks for. */
export const drifted = (manifest: JsonObject, lock: JsonObject): readonly string[] => {
  const packages = objectAt(lock, 'packages');
  return Object.entries({ ...objectAt(manifest, 'dependencies'), ...objectAt(manifest, 'devDependencies') }).flatMap(([name, version]) =>
    objectAt(packages, `node_modules/${name}`)['version'] === version ? [] : [name],
  );
};
