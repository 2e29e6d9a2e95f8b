// The door of every npm script: finds the right Node and the installed packages, then hands over to scripts/NAME.ts.
// Plain JavaScript that an old Node reads, with nothing imported from node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heapFlags } from './heap.mjs';

const WANTED_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

class SetupError extends Error {}

try {
	const [name, ...args] = process.argv.slice(2);
	if (!name || !existsSync(join(root, 'scripts', `${name}.ts`)))
		throw new SetupError(
			'Usage: node scripts/run.mjs start|dev|build|test|bench|torture|rehearse|docs|backup|restore|archive|keys|audit-verify|check|lint|format'
		);
	const node = withSetupLock(() => {
		const found = findNode();
		installPackages(found);
		return found;
	});
	handOver(node, join('scripts', `${name}.ts`), args, name === 'start' ? heapFlags(args, process.env) : []);
} catch (error) {
	if (!(error instanceof SetupError)) throw error;
	console.error(`\n${error.message}`);
	process.exit(1);
}

// Two set-ups at once would tear each other's folders apart; the second waits for the first.
function withSetupLock(work) {
	const lock = join(root, '.tools', 'setup.lock');
	writing(() => mkdirSync(join(root, '.tools'), { recursive: true }));
	for (let tried = 0; !takeLock(lock); tried++) {
		if (tried === 0) console.error('Another set-up is running in this folder; waiting for it …');
		if (tried > 900)
			throw new SetupError(
				`Another set-up has not finished in 15 minutes. If none is running, delete ${lock}.`
			);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
	}
	try {
		return work();
	} finally {
		rmSync(lock, { force: true });
	}
}

function takeLock(lock) {
	try {
		writeFileSync(lock, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw explained(error);
		if (isAlive(Number(readFileSync(lock, 'utf8')))) return false;
		rmSync(lock, { force: true });
		return takeLock(lock);
	}
}

function isAlive(pid) {
	try {
		return pid > 0 && process.kill(pid, 0);
	} catch (error) {
		return error.code === 'EPERM';
	}
}

function findNode() {
	if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
	const home = join(root, '.tools', 'node');
	const lockfile = readFileSync(join(root, 'tools', 'node', 'package-lock.json'));
	const node = join(home, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
	const stamp = join(home, 'stamp');
	const mark = createHash('sha256').update(lockfile).digest('hex');
	if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === mark) return node;
	if (!['linux-x64', 'linux-arm64'].includes(`${process.platform}-${process.arch}`))
		throw new SetupError(
			`Stepwell needs Node ${WANTED_MAJOR} or newer; this is ${process.versions.node}. Install it from nodejs.org or with your package manager.`
		);
	console.error(
		`This Node is ${process.versions.node}; fetching Node ${WANTED_MAJOR} into .tools/ (68 MB, once) …`
	);
	writing(() => {
		mkdirSync(home, { recursive: true });
		for (const file of ['package.json', 'package-lock.json'])
			cpSync(join(root, 'tools', 'node', file), join(home, file));
	});
	npm(process.execPath, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], home, 'Node');
	writing(() => writeFileSync(stamp, mark));
	return node;
}

function installPackages(node) {
	const stamp = join(root, 'node_modules', '.stepwell-stamp');
	const hash = createHash('sha256').update(node);
	for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
	const mark = hash.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === mark) return;
	console.error('Installing packages (once, about a minute) …');
	npm(
		node,
		['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'],
		root,
		'the packages'
	);
	writing(() => writeFileSync(stamp, mark));
}

function npm(node, args, cwd, what) {
	const cli = process.env.npm_execpath;
	const [command, prefix] = cli && /\.c?js$/.test(cli) ? [node, [cli]] : ['npm', []];
	const done = spawnSync(command, [...prefix, ...args], {
		cwd,
		stdio: ['ignore', 'pipe', 'pipe'],
		encoding: 'utf8',
		env: environment(node)
	});
	if (done.status === 0) return;
	const said = `${done.stderr || ''}${done.error ? done.error.message : ''}`;
	const lines = said
		.split('\n')
		.filter((line) => /npm (error|ERR!)/.test(line))
		.slice(0, 8)
		.join('\n');
	throw new SetupError(
		diskSentence(said) ||
			`Could not install ${what}. Is the package registry reachable from here?\n${lines || said.slice(-600)}`
	);
}

function environment(node) {
	const paths = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH];
	const env = { ...process.env, PATH: paths.join(':') };
	// Set by a caller for its own run; a development build of the packages must be whole.
	delete env.NODE_ENV;
	return env;
}

function writing(work) {
	try {
		return work();
	} catch (error) {
		throw explained(error);
	}
}

function explained(error) {
	const sentence = diskSentence(`${error.code} ${error.message}`);
	return sentence ? new SetupError(sentence) : error;
}

function diskSentence(text) {
	if (/ENOSPC|no space left/i.test(text))
		return `The disk that holds ${root} is full. Free some space and start again.`;
	if (/EROFS|read-only file system/i.test(text))
		return `The disk that holds ${root} is read-only. Make it writable, or copy Stepwell to a folder that is.`;
	if (/EACCES|EPERM|permission denied/i.test(text))
		return `This user may not write to ${root}. Give it the right to, or copy Stepwell to a folder of its own.`;
	return null;
}

function handOver(node, script, args, flags) {
	const child = spawn(node, [...flags, '--disable-warning=ExperimentalWarning', script, ...args], {
		stdio: 'inherit',
		env: environment(node)
	});
	// A terminal sends Ctrl-C to the whole group, so the child may see it twice; it takes the echo for one.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
	child.on('error', (error) => {
		console.error(`Could not run ${node}: ${error.message}`);
		process.exit(1);
	});
	child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
