import { type Bytes, concat } from "./bytes.ts";
import { Fault } from "./record.ts";

export class TooMuch extends Fault {
	constructor() {
		super("inflate", "far too much comes out");
	}
}

/** The inside of a zlib stream, at most `cap` bytes of it: a small text must not become a big one. */
export async function inflate(packed: Bytes, cap: number): Promise<Bytes> {
	const stream = new DecompressionStream("deflate");
	const writer = stream.writable.getWriter();
	// Both fail when the stream is broken; the reader says so.
	writer.write(packed).catch(() => {});
	writer.close().catch(() => {});
	const reader = stream.readable.getReader();
	const chunks: Bytes[] = [];
	let size = 0;
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return concat(chunks);
			size += value.length;
			if (size > cap) throw new TooMuch();
			chunks.push(new Uint8Array(value));
		}
	} catch (error) {
		reader.cancel().catch(() => {});
		throw error instanceof TooMuch ? error : new Fault("inflate", "the packing is broken");
	}
}
