/** The sample clinic: its people, messages, journeys and thirty days of life. */
export { loadSample, sampleProgress, type SampleProgress } from './load.ts';
export { createFromGallery } from './gallery.ts';
export { sampleAttributes } from './attributes.ts';
export { clinic } from './clinic.ts';
export { sampleJourneys, type SampleJourney } from './journeys.ts';
export { samplePatients, type SampleConsent, type SamplePatient } from './patients.ts';
export { react, type Reaction, type SentMessage } from './reactions.ts';
export { readSyntheaBundle, type PatientRecord, type SampleContact, type SampleEvent } from './synthea.ts';
export { sampleTemplates, type SampleTemplate } from './templates.ts';
export { historyOf, sampleTimeline, timelineOf } from './timeline.ts';
