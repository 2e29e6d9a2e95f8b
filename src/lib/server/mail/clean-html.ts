/**
 * A mail's HTML without what could act: scripts, handlers, forms, frames, addresses that are programs. The frame's sandbox and policy
 * already keep all of it from running; this holds where a browser fails at one of them. What a mail needs to look as it does stays.
 */
import sanitize from 'sanitize-html';

const tags = [
	...['html', 'head', 'title', 'meta', 'style', 'body', 'div', 'span', 'p', 'br', 'hr', 'center', 'font'],
	...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'b', 'strong', 'i', 'em', 'u', 's', 'sub', 'sup', 'small', 'big'],
	...['a', 'img', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'blockquote', 'pre', 'code', 'address'],
	...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
	...['header', 'footer', 'main', 'section', 'article', 'figure', 'figcaption']
];

const looks = [
	...[
		'style',
		'class',
		'id',
		'dir',
		'lang',
		'title',
		'role',
		'align',
		'valign',
		'width',
		'height',
		'bgcolor'
	],
	...['border', 'cellpadding', 'cellspacing', 'color', 'face', 'size', 'colspan', 'rowspan', 'scope'],
	...['aria-hidden', 'aria-label', 'data-skip-in-text']
];

export function cleanHtml(html: string): string {
	const clean = sanitize(html, {
		allowedTags: tags,
		allowedAttributes: {
			'*': looks,
			a: ['href', 'name', 'target', 'rel'],
			img: ['src', 'alt'],
			// No http-equiv: it could send the frame elsewhere.
			meta: ['charset', 'name', 'content']
		},
		allowedSchemes: ['https', 'http', 'mailto', 'tel'],
		allowedSchemesByTag: { img: ['https', 'http', 'data'] },
		allowProtocolRelative: false,
		// A style sheet runs nothing, and can fetch nothing past the frame's policy.
		allowVulnerableTags: true,
		parseStyleAttributes: false
	});
	// It is no part of what is kept, and without it a browser lays tables out as in 1998.
	return `<!doctype html>${clean}`;
}
