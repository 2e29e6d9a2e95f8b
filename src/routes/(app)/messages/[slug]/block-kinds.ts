/** The kinds of blocks as the editor names and pictures them. */
import Heading from '@lucide/svelte/icons/heading';
import Minus from '@lucide/svelte/icons/minus';
import MousePointerClick from '@lucide/svelte/icons/mouse-pointer-click';
import Type from '@lucide/svelte/icons/type';
import type { BlockKind } from './message-editor.svelte.ts';

export const blockKinds = [
	{ kind: 'text', label: 'Text', icon: Type },
	{ kind: 'heading', label: 'Heading', icon: Heading },
	{ kind: 'button', label: 'Button', icon: MousePointerClick },
	{ kind: 'divider', label: 'Line', icon: Minus }
] as const satisfies readonly { kind: BlockKind; label: string; icon: typeof Type }[];

export const labelOfKind = (kind: BlockKind) =>
	blockKinds.find((known) => known.kind === kind)?.label ?? kind;
