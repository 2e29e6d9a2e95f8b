/** A long answer, read while it is sent: as fast as the reader takes it, and no further once the reader has gone. */
const CHUNK = 64 * 1024;

export function streamLines(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	return new ReadableStream(
		{
			async pull(controller) {
				let chunk = '';
				while (chunk.length < CHUNK) {
					const { done, value } = await lines.next();
					if (!done) chunk += value;
					if (chunk && (done || chunk.length >= CHUNK)) controller.enqueue(encoder.encode(chunk));
					if (done) return controller.close();
				}
			},
			async cancel() {
				await lines.return(undefined);
			}
		},
		{ highWaterMark: 0 }
	);
}
