/**
 * The sample clinic's emails. They say as little about a person's health as the errand allows: mail is read over
 * shoulders and on lock screens, so the result, the bill and the reason of a visit stay behind the portal's sign-in.
 */
import type { Block } from '$lib/server/mail/blocks.ts';

export interface SampleTemplate {
	slug: string;
	name: string;
	subject: string;
	/** What a mail client shows behind the subject. */
	preheader: string;
	blocks: Block[];
}

const portal = 'https://example.com/maple-street';
const hello = 'Hello {{ contact.firstName | default: "there" }},';
const goodbye = 'Warm regards,\nyour team at Maple Street Clinic';

const heading = (words: string): Block => ({ kind: 'heading', text: words });
const text = (words: string): Block => ({ kind: 'text', text: words });
const button = (label: string, path: string): Block => ({ kind: 'button', label, url: `${portal}/${path}` });

const afterVisit: SampleTemplate[] = [
	{
		slug: 'visit-survey',
		name: 'Visit survey',
		subject: 'How did we do, {{ contact.firstName | default: "neighbor" }}?',
		preheader: 'Three questions, about one minute.',
		blocks: [
			heading('How was your visit?'),
			text(hello),
			text(
				'Thank you for coming to see {{ trigger.clinician | default: "us" }} at Maple Street Clinic. How did it go? Three short questions tell us what to keep and what to do better. They take about **one minute**.'
			),
			button('Answer three questions', 'survey'),
			text('Your answers go to our patient experience team, who read every one of them.'),
			text(goodbye)
		]
	},
	{
		slug: 'visit-survey-reminder',
		name: 'A gentle reminder',
		subject: 'We would still like to hear from you',
		preheader: 'Your view of your visit counts, whatever it is.',
		blocks: [
			text(hello),
			text(
				'A few days ago we asked how your visit went. If you have a minute, we would still like to know. It helps most when you tell us what did **not** go well.'
			),
			button('Tell us about your visit', 'survey'),
			text('This is our only reminder. If you would rather not answer, there is nothing you need to do.'),
			text(goodbye)
		]
	},
	{
		slug: 'make-it-right',
		name: 'Let us make it right',
		subject: 'Thank you for telling us',
		preheader: 'Somebody from our care team will call you.',
		blocks: [
			heading('We are sorry'),
			text(hello),
			text(
				'Thank you for being open with us. Your visit was not what it should have been, and we would like to understand why.'
			),
			text(
				'Someone from our care team will **call you within two working days**. If you would like to choose the time, pick one here.'
			),
			button('Choose a time for our call', 'call-me'),
			text(goodbye)
		]
	},
	{
		slug: 'wellness-letter',
		name: 'Wellness letter',
		subject: 'Small things that do you good this month',
		preheader: 'A walk, a recipe, and our free evening classes.',
		blocks: [
			heading('Your Maple Street wellness letter'),
			text(hello),
			text(
				'**Walk a little.** Ten minutes after a meal are enough to start with. Our walking group meets every Saturday at nine by the clinic’s front door, and new faces are welcome.'
			),
			text(
				'**Cook something warm.** This month’s recipe is a lentil soup that keeps for three days and costs less than a sandwich.'
			),
			text('**Join a class.** Our evening classes on sleep and on back pain are free. Places are limited.'),
			button('See this month’s classes', 'classes')
		]
	}
];

const labResults: SampleTemplate[] = [
	{
		slug: 'lab-result-notice',
		name: 'New result in your portal',
		subject: 'There is something new in your patient portal',
		preheader: 'Sign in to read it.',
		blocks: [
			text(hello),
			text(
				'A new test result is ready in your patient portal, with a note from {{ trigger.orderedBy | default: "your care team" }}. For your privacy we do not put results in emails.'
			),
			button('Read it in the portal', 'results'),
			text(
				'Questions? Reply in the portal or call us at **(555) 010-0140**, Monday to Friday, 8 to 6. In an emergency, call 911.'
			),
			text(goodbye)
		]
	},
	{
		slug: 'lab-result-reminder',
		name: 'Your result is waiting',
		subject: 'A message is still waiting in your patient portal',
		preheader: 'It takes a minute to read.',
		blocks: [
			text(hello),
			text(
				'Two days ago we let you know that a new test result is in your patient portal. It has not been opened yet. Please take a minute to read it.'
			),
			button('Read it in the portal', 'results'),
			text(
				'Trouble signing in? Call us at **(555) 010-0140** and we will help you, or go through the result with you on the phone.'
			),
			text(goodbye)
		]
	},
	{
		slug: 'lab-follow-up',
		name: 'Book your follow-up',
		subject: 'Let’s find a time to talk',
		preheader: 'Your care team would like to see you.',
		blocks: [
			heading('Let’s talk it through'),
			text(hello),
			text(
				'{{ trigger.orderedBy | default: "Your care team" }} would like to go through your result with you, in person or by video. Please choose a time within the next **two weeks**.'
			),
			button('Choose a time', 'book'),
			text('If none of these times suits you, call (555) 010-0140 and we will find one that does.'),
			text(goodbye)
		]
	}
];

const checkUps: SampleTemplate[] = [
	{
		slug: 'check-up-due',
		name: 'Time for your check-up',
		subject: '{{ contact.firstName | default: "Hello" }}, it is time for your yearly check-up',
		preheader: 'Pick a day that suits you.',
		blocks: [
			heading('Time for your yearly check-up'),
			text(hello),
			text(
				'Once a year is a good rhythm for a check-up. It takes **30 minutes**: we measure your blood pressure, look at your vaccinations, and there is time for whatever is on your mind.'
			),
			button('Choose a day', 'book'),
			text('Please bring a list of the medicines you take, also those without a prescription.'),
			text(goodbye)
		]
	},
	{
		slug: 'screenings-due',
		name: 'Check-up and screenings',
		subject: '{{ contact.firstName | default: "Hello" }}, it is time for your yearly check-up',
		preheader: 'Pick a day that suits you.',
		blocks: [
			heading('Time for your yearly check-up'),
			text(hello),
			text(
				'Once a year is a good rhythm for a check-up. Please plan for **45 minutes** this time, so that we can also talk about the screenings that are worth having from 50 on, and which of them are right for you.'
			),
			button('Choose a day', 'book'),
			text('Please bring a list of the medicines you take, also those without a prescription.'),
			text(goodbye)
		]
	},
	{
		slug: 'check-up-reminder',
		name: 'Check-up reminder',
		subject: 'Shall we find a day for your check-up?',
		preheader: 'Mornings, evenings, and two Saturdays a month.',
		blocks: [
			text(hello),
			text(
				'A week ago we invited you to your yearly check-up. We see patients **mornings, evenings, and two Saturdays a month**, so there may well be a time that fits.'
			),
			button('Choose a day', 'book'),
			text('Already seen by someone else this year? Tell us when you next come by, and we will note it.'),
			text(goodbye)
		]
	}
];

const benefits: SampleTemplate[] = [
	{
		slug: 'eob-ready',
		name: 'Explanation of benefits ready',
		subject: 'Your explanation of benefits is ready',
		preheader: 'This is not a bill.',
		blocks: [
			heading('Your explanation of benefits'),
			text(hello),
			text(
				'Your health plan has finished a claim from Maple Street Clinic. The explanation of benefits shows what was charged, what the plan paid, and what is left for you. **This is not a bill.**'
			),
			button('See the explanation', 'benefits'),
			text(
				'Something does not look right? Call our billing team at (555) 010-0155, Monday to Friday, 9 to 5.'
			),
			text(goodbye)
		]
	},
	{
		slug: 'eob-reminder',
		name: 'Your explanation is waiting',
		subject: 'Your explanation of benefits is still waiting for you',
		preheader: 'Please check that everything is right.',
		blocks: [
			text(hello),
			text(
				'A few days ago we let you know that an explanation of benefits is ready. Please take a look: you know best whether what it lists is what was done.'
			),
			button('See the explanation', 'benefits'),
			text('If we do not hear from you, a copy comes by post.'),
			text(goodbye)
		]
	}
];

export const sampleTemplates: SampleTemplate[] = [...afterVisit, ...labResults, ...checkUps, ...benefits];
