import { type Bytes, concat } from "./bytes.ts";
import { Fault } from "./record.ts";

export class TooMuch extends Fault {
	constructor() {
		super("inflate", "far too much comes out");
	}
}

/** More comes in no text; what is longer is a list of ours, which has nothing behind its end. */
const longestText = 8192;

/** The inside of a zlib stream, at most `cap` bytes of it: a small text must not become a big one. */
export async function inflate(packed: Bytes, cap: number): Promise<Bytes> {
	const whole = await run([packed], cap);
	if (whole.taken === 1) return whole.bytes;
	if (!isZlib(packed) || packed.length > longestText) throw new Fault("inflate", "the packing is broken");
	// Browsers refuse a stream with bytes behind its end, which some certificates have. Byte by byte it shows
	// where the end was: there stands the sum of what came out.
	const { bytes, taken } = await run(
		Array.from(packed, (byte) => Uint8Array.of(byte)),
		cap,
	);
	if (taken < 6 || new DataView(packed.buffer, packed.byteOffset).getUint32(taken - 4) !== adler32(bytes)) {
		throw new Fault("inflate", "the packing is broken");
	}
	return bytes;
}

function isZlib([first = 0, second = 0]: Bytes): boolean {
	return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

/** How many pieces were taken before something was wrong, and what came out until then; the end counts as a piece. */
async function run(pieces: Bytes[], cap: number): Promise<{ bytes: Bytes; taken: number }> {
	const stream = new DecompressionStream("deflate");
	const writer = stream.writable.getWriter();
	const reader = stream.readable.getReader();
	const chunks: Bytes[] = [];
	let size = 0;
	const reading = (async () => {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			size += value.length;
			if (size > cap) {
				await reader.cancel();
				return;
			}
			chunks.push(new Uint8Array(value));
		}
	})().catch(() => {});
	let taken = 0;
	try {
		for (; taken < pieces.length; taken++) await writer.write(pieces[taken]);
		await writer.close();
	} catch {
		if (taken === pieces.length) taken--;
	}
	await reading;
	if (size > cap) throw new TooMuch();
	return { bytes: concat(chunks), taken };
}

function adler32(bytes: Bytes): number {
	let [low, high] = [1, 0];
	for (const byte of bytes) {
		low = (low + byte) % 65_521;
		high = (high + low) % 65_521;
	}
	return high * 65_536 + low;
}
