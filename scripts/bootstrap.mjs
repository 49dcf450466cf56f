/**
 * The first thing that runs on a fresh clone: plain JavaScript of Node's own, for nothing is installed yet. It installs
 * what is missing, builds what has changed, and hands over to the compiled program in this same process.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** What each command needs of Debian, by the program or library that shows it is there. */
const FFMPEG = { found: () => onPath('ffmpeg') && onPath('ffprobe'), package: 'ffmpeg' };
const ESPEAK = { found: () => onPath('espeak-ng'), package: 'espeak-ng' };
const CHROMIUM = { found: () => onPath('chromium'), package: 'chromium' };
const ALSA = { found: () => hasLibrary('libasound.so.2'), package: 'libasound2' };

const COMMANDS = {
  start: { needs: [FFMPEG, ESPEAK], entry: 'scripts/dist/commune.js', build: true },
  test: { needs: [FFMPEG, ESPEAK, CHROMIUM, ALSA], entry: 'scripts/dist/check.js', build: true },
  bench: { needs: [FFMPEG, ESPEAK], entry: 'scripts/dist/bench/main.js', build: true },
  server: { needs: [FFMPEG, ESPEAK], entry: 'server/dist/main.js', build: true },
  agent: { needs: [], entry: 'agent/dist/main.js', build: true },
};

const name = process.argv[2];
const command = COMMANDS[name];
if (!command) fail(`Lệnh không có: ${name}. Dùng: ${Object.keys(COMMANDS).join(', ')}.`, 64);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Cần Node 20.19 trở lên; máy này có ${process.versions.node}. Gõ: sudo apt-get install nodejs`, 1);

installPrograms(command.needs);
installPackages();
build();
process.argv.splice(2, 1);
await import(new URL(`../${command.entry}`, import.meta.url).href);

function installPrograms(needs) {
  const missing = needs.filter((need) => !need.found()).map((need) => need.package);
  if (missing.length === 0) return;
  const typed = `sudo apt-get install -y ${missing.join(' ')}`;
  const asRoot =
    process.getuid?.() === 0 ? [] : spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
  if (!asRoot || !onPath('apt-get')) fail(`Thiếu chương trình: ${missing.join(', ')}. Gõ: ${typed}`, 1);
  say(`Cài ${missing.join(', ')} …`);
  const apt = (...args) => {
    const [program, ...rest] = [...asRoot, 'apt-get', ...args];
    return (
      spawnSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
        .status === 0
    );
  };
  apt('update', '-qq');
  if (!apt('install', '-y', '-qq', '--no-install-recommends', ...missing)) fail(`Không cài được. Gõ: ${typed}`, 1);
  const still = needs.filter((need) => !need.found()).map((need) => need.package);
  if (still.length > 0) fail(`Vẫn thiếu: ${still.join(', ')}. Gõ: sudo apt-get install -y ${still.join(' ')}`, 1);
}

function installPackages() {
  const stamp = join(root, 'node_modules/.tieng-lang-lock');
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).update(process.version).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Cài các gói npm (lần đầu mất một đến ba phút) …');
  // Native add-ons are compiled against this Node's own headers where they are installed: nothing is downloaded for it.
  const nodeDir = dirname(dirname(process.execPath));
  const env = existsSync(join(nodeDir, 'include/node/node.h')) ? { ...process.env, npm_config_nodedir: nodeDir } : process.env;
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit', env });
  if (npm.status !== 0) fail('Không cài được các gói npm. Kiểm tra mạng rồi gõ: npm ci', 1);
  writeFileSync(stamp, wanted);
}

function build() {
  const stamp = join(root, 'node_modules/.tieng-lang-build');
  const digest = createHash('sha256');
  for (const room of ['shared', 'server', 'agent', 'scripts']) digestSources(join(root, room), digest);
  for (const file of ['tsconfig.json', 'package-lock.json']) digest.update(readFileSync(file));
  const wanted = digest.digest('hex');
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wanted &&
    existsSync('server/console/dist/index.html') &&
    existsSync(command.entry)
  )
    return;
  say('Biên dịch …');
  const node = process.execPath;
  try {
    execFileSync(node, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
    execFileSync(node, ['../../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], { stdio: 'inherit', cwd: 'server/console' });
  } catch {
    fail('Biên dịch không thành công; xem lỗi ở trên.', 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function digestSources(folder, digest) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (['node_modules', 'dist', 'dist-types'].includes(entry.name) || entry.name.endsWith('.tsbuildinfo')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) digestSources(path, digest);
    else {
      const { mtimeMs, size } = statSync(path);
      digest.update(`${path}:${mtimeMs}:${size}\n`);
    }
  }
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasLibrary(library) {
  const cache = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return cache.status === 0 && cache.stdout.includes(library);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text, code) {
  say(text);
  process.exit(code);
}
