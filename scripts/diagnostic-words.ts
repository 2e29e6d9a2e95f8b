// What each code of the compiler means and asks for, for the docs.
import type { DiagnosticCode } from '../src/lib/journey/index.ts';

interface DiagnosticWords {
	meaning: string;
	todo: string;
}

export const diagnosticWords: Record<DiagnosticCode, DiagnosticWords> = {
	'format.unknown-key': {
		meaning: 'A setting that does not belong there, or `disabled` on a step that can’t be passed by.',
		todo: 'Remove it, or correct its spelling.'
	},
	'format.required': { meaning: 'Something needed is missing.', todo: 'Fill it in.' },
	'format.type': {
		meaning: 'A value is of another type, such as a number where text is asked for.',
		todo: 'Write it as the type that the message names.'
	},
	'format.value': {
		meaning:
			'A value of the right type that does not fit: a duration of nothing, an empty window, an unknown kind.',
		todo: 'Choose a value that the message names.'
	},
	'format.limit': {
		meaning: 'More than 2,000 steps, 4,000 edges, 1 MiB, or 64 levels of nesting.',
		todo: 'Split the journey; one can enter the other.'
	},
	'id.duplicate': { meaning: 'Two steps have the same id.', todo: 'Give one of them another id.' },
	'edge.unknown-step': {
		meaning: 'An edge leaves or enters a step that is not there.',
		todo: 'Remove the edge, or draw it to a step.'
	},
	'edge.unknown-outcome': {
		meaning: 'An edge leaves by an outcome that its step does not have.',
		todo: 'Remove the edge, or draw it from another outcome.'
	},
	'edge.into-trigger': {
		meaning: 'An edge enters a trigger; only people do.',
		todo: 'Lead it to the step behind the trigger.'
	},
	'edge.duplicate': { meaning: 'Two edges leave the same outcome.', todo: 'Keep one of them.' },
	'trigger.none': {
		meaning: 'No trigger lets anybody in, or all of them are turned off.',
		todo: 'Add a trigger, or turn one on.'
	},
	'step.unreachable': {
		meaning: 'No trigger leads to this step.',
		todo: 'Connect it, or remove it.'
	},
	'step.dead-branch': {
		meaning: 'A condition can never hold, or always holds, so a way is never taken.',
		todo: 'Change the condition, or remove the way.'
	},
	'loop.no-wait': {
		meaning: 'A circle of steps without a wait that takes time.',
		todo: 'Put a wait into the circle, or open it.'
	},
	'loop.bounded': {
		meaning: 'A circle with a wait; the message names its steps and says how often a contact can pass.',
		todo: 'See that it is meant so. “Most visits” bounds it.'
	},
	'loop.journeys': {
		meaning: 'Journeys that put contacts into each other in a circle. With a wait in it, it is a warning.',
		todo: 'Open the circle, or put a wait into it.'
	},
	'template.missing': { meaning: 'There is no message of that name.', todo: 'Choose one, or write it.' },
	'template.unknown-attribute': {
		meaning: 'A message or a value reads an attribute that is not declared.',
		todo: 'Correct the name, or declare the attribute.'
	},
	'template.phi-in-subject': {
		meaning: 'The subject holds health information, which anybody who sees the inbox can read.',
		todo: 'Take it out of the subject.'
	},
	'purpose.marketing-words': {
		meaning: 'A message for treatment or operations advertises.',
		todo: 'Send it as marketing, or take the offer out.'
	},
	'send.no-channel': {
		meaning: 'The message is written for another channel than the step sends by.',
		todo: 'Choose a message of that channel.'
	},
	'send.too-many': {
		meaning: 'One contact can get more marketing messages than a frequency cap allows.',
		todo: 'Space them out, send fewer, or raise the cap.'
	},
	'segment.missing': { meaning: 'There is no segment of that name.', todo: 'Choose one, or make it.' },
	'segment.computed': {
		meaning: 'A step adds to or removes from a segment that has a condition.',
		todo: 'Choose a segment that is kept by hand.'
	},
	'segment.circle': {
		meaning: 'Segments name each other in a circle, so none of them can be worked out.',
		todo: 'Take one reference out of the circle.'
	},
	'journey.missing': {
		meaning: 'There is no journey of that name, or it has no trigger “By hand”.',
		todo: 'Choose another journey, or add that trigger to it.'
	},
	'attribute.unknown': {
		meaning: 'A step or a condition names an attribute that is not declared.',
		todo: 'Correct the name, or declare the attribute.'
	},
	'attribute.type': {
		meaning: 'An attribute is asked or given something that its type can’t answer or hold.',
		todo: 'Choose another comparison, value or attribute.'
	},
	'team.unknown': {
		meaning:
			'A step tells somebody who is nobody of the team. An address outside of the team is a warning: it is mailed, but can’t open the note.',
		todo: 'Choose somebody of the team.'
	},
	'wait.never': {
		meaning:
			'A wait for what can never come: its tests contradict each other, or it goes by the event that let the contact in, and nobody comes there by one.',
		todo: 'Change the tests, or start with an event.'
	},
	'wait.too-long': { meaning: 'A wait of over a year.', todo: 'See that it is meant so.' },
	'webhook.insecure': {
		meaning: 'A webhook calls an address without encryption, so anybody on the way can read it.',
		todo: 'Use an address that begins with https.'
	},
	'profile.no-baa': {
		meaning: 'A message holds health information, and no agreement covers the mail transport.',
		todo: 'Record the agreement in the settings, or take the information out.'
	}
};
