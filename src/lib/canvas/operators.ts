/** The comparisons that make sense for a type of value, in words, and what has to be filled in for each. */

export type ValueType = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
/** What stands behind the operator: nothing, one value, several, or a length of time. */
export type Operand = 'none' | 'value' | 'list' | 'duration';

interface Operator {
	op: string;
	label: string;
	operand: Operand;
}

const presence: readonly Operator[] = [
	{ op: 'exists', label: 'is known', operand: 'none' },
	{ op: 'missing', label: 'is not known', operand: 'none' }
];
const dates: readonly Operator[] = [
	{ op: '=', label: 'is on', operand: 'value' },
	{ op: 'before', label: 'is before', operand: 'value' },
	{ op: 'after', label: 'is after', operand: 'value' },
	{ op: 'withinLast', label: 'was in the last', operand: 'duration' },
	{ op: 'withinNext', label: 'is in the next', operand: 'duration' },
	{ op: 'anniversaryWithin', label: 'has its anniversary in the next', operand: 'duration' },
	...presence
];
const operatorsByType: Record<ValueType, readonly Operator[]> = {
	text: [
		{ op: '=', label: 'is', operand: 'value' },
		{ op: '!=', label: 'is not', operand: 'value' },
		{ op: 'contains', label: 'contains', operand: 'value' },
		{ op: 'startsWith', label: 'starts with', operand: 'value' },
		{ op: 'in', label: 'is one of', operand: 'list' },
		{ op: 'matches', label: 'matches the pattern', operand: 'value' },
		...presence
	],
	number: [
		{ op: '=', label: 'is', operand: 'value' },
		{ op: '!=', label: 'is not', operand: 'value' },
		{ op: '<', label: 'is less than', operand: 'value' },
		{ op: '<=', label: 'is at most', operand: 'value' },
		{ op: '>', label: 'is more than', operand: 'value' },
		{ op: '>=', label: 'is at least', operand: 'value' },
		{ op: 'in', label: 'is one of', operand: 'list' },
		...presence
	],
	boolean: [{ op: '=', label: 'is', operand: 'value' }, ...presence],
	date: dates,
	datetime: dates,
	list: [{ op: 'contains', label: 'contains', operand: 'value' }, ...presence]
};

export function operatorsOf(type: ValueType): readonly Operator[] {
	return operatorsByType[type];
}

/** What has to be filled in behind an operator. */
export function operandOf(op: string): Operand {
	for (const operators of Object.values(operatorsByType)) {
		const found = operators.find((operator) => operator.op === op);
		if (found) return found.operand;
	}
	return 'value';
}

/** The value that a new comparison starts with, so that it is complete where it can be. */
export function firstValue(type: ValueType, op: string): unknown {
	switch (operandOf(op)) {
		case 'none':
			return undefined;
		case 'list':
			return [];
		case 'duration':
			return 'P30D';
		case 'value':
			return type === 'boolean' ? true : undefined;
	}
}

/** The type that a value written in a condition seems to have, where nobody declares it. */
export function typeOfValue(op: string, value: unknown): ValueType {
	if (operandOf(op) === 'duration' || op === 'before' || op === 'after') return 'date';
	const sample: unknown = Array.isArray(value) ? value[0] : value;
	if (typeof sample === 'number' || ['<', '<=', '>', '>='].includes(op)) return 'number';
	if (typeof sample === 'boolean') return 'boolean';
	return 'text';
}
