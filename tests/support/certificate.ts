/** A certificate that a test's server signs for itself: nothing is kept in the project, and none runs out. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

type Der = Buffer;

function der(tag: number, ...parts: Der[]): Der {
	const body = Buffer.concat(parts);
	const { length } = body;
	const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
	return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: Der[]) => der(0x30, ...parts);
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const utcTime = (year: number) => der(0x18, Buffer.from(`${year}0101000000Z`));
const bits = (bytes: Der) => der(0x03, Buffer.from([0]), bytes);

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);

const RSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05));

/** A key and a certificate for `names`, in PEM. The certificate is its own authority. */
export function makeCertificate(...names: string[]): { key: string; cert: string } {
	return certify(generateKeyPairSync('ec', { namedCurve: 'P-256' }), ECDSA_SHA256, names);
}

/** The same with an RSA key, as identity providers have them. */
export function makeRsaCertificate(...names: string[]): { key: string; cert: string } {
	return certify(generateKeyPairSync('rsa', { modulusLength: 2048 }), RSA_SHA256, names);
}

function certify(
	{ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
	algorithm: Der,
	names: string[]
): { key: string; cert: string } {
	const [first = ''] = names;
	const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(first)))));
	const alternatives = sequence(...names.map((each) => der(0x82, Buffer.from(each))));
	const body = sequence(
		der(0xa0, der(0x02, Buffer.from([2]))),
		der(0x02, Buffer.from([1])),
		algorithm,
		name,
		sequence(utcTime(2000), utcTime(2999)),
		name,
		publicKey.export({ type: 'spki', format: 'der' }),
		der(0xa3, sequence(sequence(ALTERNATIVE_NAMES, der(0x04, alternatives))))
	);
	const signed = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
	const lines = signed.toString('base64').replace(/.{64}/g, '$&\n');
	return {
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
	};
}
