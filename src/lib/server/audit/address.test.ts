import { expect, test } from 'vitest';
import { addressBytes, plainAddress } from './address.ts';

test.each([
	['192.0.2.1', 'c0000201'],
	['::', '0'.repeat(32)],
	['::1', '0'.repeat(31) + '1'],
	['1::', '0001' + '0'.repeat(28)],
	['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
	['2001:DB8:0:0:0:FF00:42:8329', '20010db8000000000000ff0000428329'],
	['::ffff:192.0.2.1', '0'.repeat(20) + 'ffffc0000201'],
	['1:2:3:4:5:6:7:8', '00010002000300040005000600070008']
])('%s is the bytes %s', (address, bytes) => {
	expect(addressBytes(address).toString('hex')).toBe(bytes);
});

test.each(['192.0.2.0/24', 'localhost', 'fe80::1%eth0', '1::2::3', ''])('%j is no address', (text) => {
	expect(() => addressBytes(text)).toThrow(RangeError);
});

test.each([
	['::ffff:192.0.2.1', '192.0.2.1'],
	['::FFFF:192.0.2.1', '192.0.2.1'],
	['fe80::1%eth0', 'fe80::1'],
	['192.0.2.1', '192.0.2.1']
])('%s is kept as %s', (given, kept) => {
	expect(plainAddress(given)).toBe(kept);
});
