import { expect, test } from 'vitest';
import { checkNewPassword } from './new-password.ts';

const maya = { name: 'Maya Owner', email: 'm.owner@harbor-clinic.example' };

test.each([
	['known from breaches', 'qwerty123456', /breaches/],
	['in capitals', 'QWERTY123456', /breaches/],
	['with a year behind it', 'sunshine2026!', /breaches/],
	['with signs around it', '!!!princess!!!', /breaches/],
	['said twice', 'password1password1', /breaches/],
	['letters in their order', 'abcdefghijkl', /usual order/],
	['digits going down', '987654321098', /usual order/],
	['their name', 'MayaOwner2026!', /Leave out/],
	['their name twice', 'maya maya maya', /Leave out/],
	['their address', 'm.owner@harbor-clinic.example', /Leave out/],
	['the product', 'Stepwell-2026-Stepwell', /Leave out/],
	['the product and the clinic', 'stepwell@harbor', /Leave out/]
])('a password that is %s is refused', async (_, password, sentence) => {
	expect(await checkNewPassword(password, maya)).toMatch(sentence);
});

test.each([
	'correct horse battery',
	'four words in a row',
	'maya likes rainy mornings',
	'k3#vQ9!xLm2$pR',
	'839201748392',
	'ein Satz mit ß und ü'
])('“%s” may be one', async (password) => {
	expect(await checkNewPassword(password, maya)).toBeNull();
});
