/** The kinds of tasks, in the order of the page. A new one is a file beside this and a line here. */
import type { TaskKind } from '../kind.ts';
import { approvalKind } from './approval.ts';
import { emergencyKind } from './emergency.ts';
import { failedEnrollmentKind } from './failed-enrollment.ts';
import { quarantinedAttributeKind } from './quarantined-attribute.ts';
import { unknownMessageKind } from './unknown-message.ts';

export const taskKinds: readonly TaskKind[] = [
	emergencyKind,
	approvalKind,
	unknownMessageKind,
	failedEnrollmentKind,
	quarantinedAttributeKind
];
