/**
 * Reads QR codes out of pictures: by the browser itself where it can, else by the wasm that comes with this app.
 * Some telephones say that they can and then fail each time; after a few failures ours takes over.
 */
import { BarcodeDetector as Ours, prepareZXingModule } from "barcode-detector/ponyfill";

export interface Reading {
	rawValue: string;
	boundingBox: { x: number; y: number; width: number; height: number };
}

interface Native {
	new (options: { formats: string[] }): { detect(picture: HTMLCanvasElement): Promise<Reading[]> };
	getSupportedFormats(): Promise<string[]>;
}

const formats = ["qr_code" as const];
const patience = 3;

export class Detector {
	#native: InstanceType<Native> | null = null;
	#ours: Ours | null = null;
	#failures = 0;

	/** `wasm`: the address of our reader. */
	constructor(readonly wasm: string) {}

	async prepare(): Promise<void> {
		const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
		const able = native && (await native.getSupportedFormats().catch((): string[] => [])).includes("qr_code");
		this.#native = able ? new native({ formats }) : null;
		prepareZXingModule({ overrides: { locateFile: () => this.wasm } });
		if (!this.#native) this.#ours = new Ours({ formats });
	}

	/** The text of the code nearest to the middle; null when none can be read. */
	async read(picture: HTMLCanvasElement): Promise<string | null> {
		return nearest(await this.#readings(picture), picture.width, picture.height);
	}

	async #readings(picture: HTMLCanvasElement): Promise<Reading[]> {
		if (!this.#native) {
			this.#ours ??= new Ours({ formats });
			return this.#ours.detect(picture);
		}
		try {
			const readings = await this.#native.detect(picture);
			this.#failures = 0;
			return readings;
		} catch {
			if (++this.#failures >= patience) this.#native = null;
			return [];
		}
	}
}

export function nearest(readings: Reading[], width: number, height: number): string | null {
	const far = ({ boundingBox: { x, y, width: w, height: h } }: Reading) =>
		Math.hypot(x + w / 2 - width / 2, y + h / 2 - height / 2);
	const read = readings.filter(({ rawValue }) => rawValue !== "");
	return read.sort((a, b) => far(a) - far(b))[0]?.rawValue ?? null;
}
