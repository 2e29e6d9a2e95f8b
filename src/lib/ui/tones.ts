/** The meanings that a colour can have: a state, or the group of a step. */
export type Tone =
	'neutral' | 'accent' | 'warn' | 'loss' | 'trigger' | 'decision' | 'wait' | 'message' | 'people' | 'end';
