/**
 * The look of a message: typed blocks to HTML, by react-email. Rendered once a template version, so what is here is text with
 * placeholders in it; contacts are merged in later. Loaded lazily: React is needed when somebody saves, not when mail goes out.
 */
import { Body, Button, Container, Head, Heading, Hr, Html, Link, render, Section, Text } from 'react-email';
import type { ReactNode } from 'react';
import type { Inline } from './inline.ts';

export type Part =
	| { kind: 'heading'; pieces: Inline[] }
	| { kind: 'text'; paragraphs: Inline[][][] }
	| { kind: 'button'; label: Inline[]; url: string }
	| { kind: 'divider' };

export interface Letter {
	/** Each of these texts may hold placeholders. */
	title: string;
	preheader: string;
	sender: string;
	parts: Part[];
	footer: {
		imprint: string;
		care: string;
		marketing: { start: string; end: string; text: string; label: string; url: string };
	};
	pixel: { start: string; end: string; url: string };
}

const font = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const ink = '#1b1d1a';
const soft = '#5d605a';
const accent = '#0e6b5c';

// Classes exist for dark readers only; everything else is inline, because many readers drop a style sheet.
const darkMode = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) {
  .sheet > tbody > tr > td { padding: 28px 22px 16px !important; }
  .page > table > tbody > tr > td { padding: 20px 10px !important; }
}
@media (prefers-color-scheme: dark) {
  .page, .page > table > tbody > tr > td { background-color: #121311 !important; }
  .sheet { background-color: #1c1e1b !important; border-color: #30332e !important; }
  .ink { color: #f0f1ed !important; }
  .soft { color: #b3b6ae !important; }
  .link { color: #6bd4bc !important; }
  .button { background-color: #4cc2a8 !important; color: #06231d !important; }
  .line { border-color: #30332e !important; }
}`;

const paragraph = { margin: '0 0 16px', fontFamily: font, fontSize: '16px', lineHeight: '26px', color: ink };
const small = { margin: '0 0 6px', fontFamily: font, fontSize: '13px', lineHeight: '20px', color: soft };

function Pieces({ pieces }: { pieces: Inline[] }): ReactNode {
	return pieces.map((piece, index) => {
		switch (piece.kind) {
			case 'text':
				return piece.text;
			case 'bold':
				return (
					<strong key={index}>
						<Pieces pieces={piece.children} />
					</strong>
				);
			case 'link':
				return (
					<Link
						key={index}
						href={piece.url}
						className="link"
						style={{ color: accent, textDecoration: 'underline' }}
					>
						{piece.label}
					</Link>
				);
		}
	});
}

function Lines({ lines }: { lines: Inline[][] }): ReactNode {
	return lines.map((line, index) => [
		index > 0 ? <br key={`br${index}`} /> : null,
		<Pieces key={index} pieces={line} />
	]);
}

function PartView({ part, first }: { part: Part; first: boolean }): ReactNode {
	switch (part.kind) {
		case 'heading':
			return (
				<Heading
					as={first ? 'h1' : 'h2'}
					className="ink"
					style={{
						margin: first ? '0 0 16px' : '12px 0 12px',
						fontFamily: font,
						fontSize: first ? '24px' : '19px',
						lineHeight: first ? '32px' : '27px',
						fontWeight: 600,
						letterSpacing: '-0.01em',
						color: ink
					}}
				>
					<Pieces pieces={part.pieces} />
				</Heading>
			);
		case 'text':
			return part.paragraphs.map((lines, index) => (
				<Text key={index} className="ink" style={paragraph}>
					<Lines lines={lines} />
				</Text>
			));
		case 'button':
			return (
				<Section style={{ margin: '8px 0 24px' }}>
					<Button
						href={part.url}
						className="button"
						style={{
							backgroundColor: accent,
							borderRadius: '10px',
							color: '#ffffff',
							display: 'inline-block',
							fontFamily: font,
							fontSize: '16px',
							fontWeight: 600,
							lineHeight: '24px',
							padding: '12px 24px',
							textDecoration: 'none'
						}}
					>
						<Pieces pieces={part.label} />
					</Button>
				</Section>
			);
		case 'divider':
			return (
				<Hr
					className="line"
					style={{ margin: '8px 0 24px', border: 'none', borderTop: '1px solid #e3e2dc' }}
				/>
			);
	}
}

function Footer({ footer }: { footer: Letter['footer'] }): ReactNode {
	return (
		<Section style={{ padding: '20px 12px 8px' }}>
			<Text className="soft" style={{ ...small, textAlign: 'center' }}>
				{footer.imprint}
			</Text>
			<Text className="soft" style={{ ...small, textAlign: 'center' }}>
				{footer.care}
			</Text>
			{footer.marketing.start}
			<Text className="soft" style={{ ...small, textAlign: 'center' }}>
				{footer.marketing.text}{' '}
				<Link
					href={footer.marketing.url}
					className="soft"
					style={{ color: soft, textDecoration: 'underline' }}
				>
					{footer.marketing.label}
				</Link>
			</Text>
			{footer.marketing.end}
		</Section>
	);
}

/** Shown beside the subject in an inbox; the filler keeps the first lines of the letter from following it there. */
function Preheader({ text }: { text: string }): ReactNode {
	return (
		<div
			style={{
				display: 'none',
				overflow: 'hidden',
				lineHeight: '1px',
				opacity: 0,
				maxHeight: 0,
				maxWidth: 0
			}}
		>
			{text}
			{'\u00a0\u200c'.repeat(100)}
		</div>
	);
}

function LetterView({ letter }: { letter: Letter }): ReactNode {
	return (
		<Html lang="en" dir="ltr">
			<Head>
				<title>{letter.title}</title>
				<meta name="color-scheme" content="light dark" />
				<meta name="supported-color-schemes" content="light dark" />
				<style dangerouslySetInnerHTML={{ __html: darkMode }} />
			</Head>
			<Body className="page" style={{ margin: 0, padding: '32px 12px', backgroundColor: '#f6f6f2' }}>
				{letter.preheader === '' ? null : <Preheader text={letter.preheader} />}
				<Container style={{ width: '100%', maxWidth: '580px', margin: '0 auto' }}>
					<Text
						className="soft"
						style={{
							...small,
							margin: '0 0 14px',
							textAlign: 'center',
							fontWeight: 600,
							letterSpacing: '0.01em'
						}}
					>
						{letter.sender}
					</Text>
					<Section
						className="sheet"
						style={{
							backgroundColor: '#ffffff',
							border: '1px solid #e3e2dc',
							borderRadius: '16px',
							padding: '36px 40px 24px'
						}}
					>
						{letter.parts.map((part, index) => (
							<PartView key={index} part={part} first={index === 0} />
						))}
					</Section>
					<Footer footer={letter.footer} />
				</Container>
				{letter.pixel.start}
				<img src={letter.pixel.url} width="1" height="1" alt="" style={{ display: 'block', border: 0 }} />
				{letter.pixel.end}
			</Body>
		</Html>
	);
}

/** The letter as HTML, placeholders and all. */
export async function renderLetter(letter: Letter): Promise<string> {
	return render(<LetterView letter={letter} />);
}
