import { expect, test } from 'vitest';
import { attacks } from '../../../../tests/support/xss.ts';
import { cleanHtml } from './clean-html.ts';

test.each(attacks)('%s does nothing', (attack) => {
	const clean = cleanHtml(`<html><body><p>Before</p>${attack}<p>After</p></body></html>`);
	expect(clean).not.toMatch(/<(script|svg|math|iframe|object|embed|form|input|base|link|template)\b/i);
	expect(clean.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\s(on\w+|srcdoc|http-equiv|xlink:href)\s*=/i);
	expect(clean).not.toMatch(/(href|src)="\s*(javascript|vbscript|data:text)/i);
});

test('what a mail needs to look as it does stays', () => {
	const mail = [
		'<html dir="ltr" lang="en"><head><meta charset="utf-8" /><style>.ink { color: #fff !important; }</style></head>',
		'<body style="margin:0"><table align="center" width="100%" cellpadding="0" role="presentation"><tbody><tr>',
		'<td style="padding:20px 10px">Dear Ann, <a href="https://clinic.example/a?b=1&amp;c=2" target="_blank">read</a>',
		'<img src="http://localhost:4780/t/o/x.gif" alt="" width="1" height="1" /></td></tr></tbody></table></body></html>'
	].join('');
	expect(cleanHtml(mail)).toBe(`<!doctype html>${mail}`);
});
