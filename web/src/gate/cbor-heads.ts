/** The bytes of CBOR, item head by item head; what becomes of an item is left to who reads. */
import type { Bytes } from "./bytes.ts";
import { Fault } from "./record.ts";

/** Instead of a length: the item goes on until it is closed. */
export const open = -1;

export interface Head {
	major: number;
	info: number;
	/** The number itself, or a length; `open` where it is left open. Of simple values: nought. */
	size: number | bigint;
}

const deepest = 16;

export class Heads {
	readonly bytes: Bytes;
	readonly view: DataView;
	at = 0;

	constructor(bytes: Bytes) {
		this.bytes = bytes;
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	head(depth: number): Head {
		if (depth > deepest) throw new Fault("cbor", "nested too deep");
		const first = this.view.getUint8(this.past(1));
		const [major, info] = [first >> 5, first & 31];
		const size = major === 7 ? 0 : this.#size(info);
		if (size === open && (major < 2 || major === 6)) throw new Fault("cbor", "a length left open where none may be");
		return { major, info, size };
	}

	/** Goes on by so many bytes; where they begin. */
	past(length: number | bigint): number {
		if (length > this.bytes.length - this.at) throw new Fault("cbor", "ends too early");
		const start = this.at;
		this.at += Number(length);
		return start;
	}

	/** Whether another item stands before the end of an array or map of which so many were read. */
	goesOn(size: number | bigint, read: number): boolean {
		if (size !== open) return read < size;
		if (this.bytes[this.at] !== 0xff) return true;
		this.at++;
		return false;
	}

	end(): void {
		if (this.at < this.bytes.length) throw new Fault("cbor", "bytes after the end");
	}

	#size(info: number): number | bigint {
		if (info < 24) return info;
		if (info === 31) return open;
		if (info > 27) throw new Fault("cbor", "a length that does not exist");
		const at = this.past(1 << (info - 24));
		if (info === 24) return this.view.getUint8(at);
		if (info === 25) return this.view.getUint16(at);
		if (info === 26) return this.view.getUint32(at);
		const big = this.view.getBigUint64(at);
		return big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;
	}
}
