/** XML as the SAML library reads it, with what no honest provider sends refused before anything else looks at it. */
import { parseDomFromString } from '@node-saml/node-saml/lib/xml.js';

export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

const ELEMENT = 1;
/** Elements, text, and CDATA sections. */
const PLAIN = new Set([ELEMENT, 3, 4]);
/** So many elements may lie in one another; an answer has about ten. */
const DEEPEST = 50;

/** Thrown for what is malformed, with a code of ours. */
export class XmlRefused extends Error {}

/**
 * Parses it with the very parser that checks the signature, so that nobody can write what the two read differently. Throws
 * XmlRefused for what is not well formed, or too deep, and for a DOCTYPE and its entities.
 */
export async function parseXml(xml: string): Promise<Element> {
	if (/<!(doctype|entity)/i.test(xml)) throw new XmlRefused('doctype');
	const document = await parseDomFromString(xml).catch((cause: unknown) => {
		throw new XmlRefused('malformed', { cause });
	});
	const root = document.documentElement as Element | null;
	if (!root || [...walk(root)].some(({ depth }) => depth > DEEPEST)) throw new XmlRefused('malformed');
	return root;
}

/** The same for what is signed, which holds neither comments nor processing instructions: they can cut a value in two. */
export async function parseSigned(xml: string): Promise<Element> {
	const root = await parseXml(xml);
	const isPlain = [...walk(root)].every(({ node }) => PLAIN.has(node.nodeType));
	if (!isPlain) throw new XmlRefused('comment');
	return root;
}

/** Every node of it, without recursion: what comes in chooses how deep it is. */
function* walk(root: Element): Generator<{ node: Node; depth: number }> {
	const open: { node: Node; depth: number }[] = [{ node: root, depth: 0 }];
	for (let next = open.pop(); next; next = open.pop()) {
		yield next;
		const { node, depth } = next;
		if (depth > DEEPEST || node.nodeType !== ELEMENT) continue;
		for (let child = node.firstChild; child; child = child.nextSibling)
			open.push({ node: child, depth: depth + 1 });
	}
}

/** Elements of that name right below `parent`. */
export function childrenOf(parent: Element, namespace: string, name: string): Element[] {
	return Array.from(parent.childNodes).filter(
		(node): node is Element =>
			node.nodeType === ELEMENT &&
			(node as Element).localName === name &&
			(node as Element).namespaceURI === namespace
	);
}

/** The one of that name; undefined for none and for several. */
export function onlyChild(parent: Element | undefined, namespace: string, name: string): Element | undefined {
	const found = parent ? childrenOf(parent, namespace, name) : [];
	return found.length === 1 ? found[0] : undefined;
}

/** Elements of that local name anywhere below, whatever their namespace. */
export function named(root: Element, name: string): Element[] {
	return Array.from(root.getElementsByTagNameNS('*', name));
}

export function attributeOf(element: Element | undefined, name: string): string | null {
	return element?.hasAttribute(name) ? element.getAttribute(name) : null;
}

export function textOf(element: Element | undefined): string {
	return (element?.textContent ?? '').trim();
}
