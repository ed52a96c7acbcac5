/**
 * A camera that films what a test holds before it. Chromium takes a file of raw pictures for a camera and reads each
 * one anew from the disk, so a film of one picture, written over, is a paper that is held up and taken away. What is
 * half written when it is filmed is what a shaking hand is: unreadable.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import encodeQR from "qr";

const [width, height] = [640, 480];
/** Pictures a second. */
const rate = 10;
const head = `YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`;
const frame = "FRAME\n";
const [black, grey, white] = [16, 128, 235];
/** A code as tall as this fills the picture as a card held at arm's length does. */
const tall = 400;

export class Camera {
	readonly #folder = mkdtempSync(join(tmpdir(), "vx-camera-"));
	readonly #file = join(this.#folder, "film.y4m");
	readonly #film = openSync(this.#file, "w+");

	constructor() {
		writeSync(this.#film, head + frame);
		this.away();
	}

	/** What a Chromium has to be started with to have this camera, and no question about it. */
	get args(): string[] {
		return [
			"--use-fake-device-for-media-stream",
			"--use-fake-ui-for-media-stream",
			`--use-file-for-fake-video-capture=${this.#file}`,
		];
	}

	/** Holds a QR code up. */
	show(text: string): void {
		this.#write(picture(text));
	}

	/** Holds up a picture of something: a page of ours, a printed card. `page` is a blank one, which reads the picture. */
	async hold(png: Buffer, page: Page): Promise<void> {
		const bright = await page.evaluate(
			async ([source, width, height, tall]) => {
				const image = new Image();
				image.src = source;
				await image.decode();
				const scale = Math.min(tall / image.height, width / image.width);
				const [wide, high] = [image.width * scale, image.height * scale];
				const canvas = Object.assign(document.createElement("canvas"), { width, height });
				const context = canvas.getContext("2d");
				if (!context) throw new Error("no canvas");
				context.fillStyle = "#808080";
				context.fillRect(0, 0, width, height);
				context.drawImage(image, (width - wide) / 2, (height - high) / 2, wide, high);
				const { data } = context.getImageData(0, 0, width, height);
				return Array.from({ length: width * height }, (_, at) => data[at * 4 + 1] ?? 0);
			},
			[`data:image/png;base64,${png.toString("base64")}`, width, height, tall] as const,
		);
		const pixels = blank();
		pixels.set(bright.map((value) => black + (value * (white - black)) / 255));
		this.#write(pixels);
	}

	/** Holds up a part of a printed page, dot for dot: a grey picture as `pdftoppm -gray` draws it (PGM). */
	lay(pgm: Buffer): void {
		const [, wide = "0", high = "0", head = ""] =
			/^P5\s+(\d+)\s+(\d+)\s+255(\s)/.exec(pgm.toString("latin1", 0, 40)) ?? [];
		const [columns, rows] = [Number(wide), Number(high)];
		const first = pgm.length - columns * rows;
		if (head === "" || first < 0 || columns > width || rows > height) throw new Error("no picture that fits");
		const pixels = blank();
		const [left, top] = [(width - columns) >> 1, (height - rows) >> 1];
		for (let y = 0; y < rows; y++) {
			for (let x = 0; x < columns; x++) {
				const bright = pgm[first + y * columns + x] ?? 0;
				pixels[(top + y) * width + left + x] = black + (bright * (white - black)) / 255;
			}
		}
		this.#write(pixels);
	}

	/** Nothing but the wall behind. */
	away(): void {
		this.#write(blank());
	}

	/** A code of which a part is covered by a thumb: nothing that could be read. */
	showCovered(text: string): void {
		const pixels = picture(text);
		for (let row = 0; row < height / 2; row++) pixels.fill(grey, row * width, (row + 1) * width);
		this.#write(pixels);
	}

	close(): void {
		closeSync(this.#film);
		rmSync(this.#folder, { recursive: true, force: true });
	}

	#write(pixels: Uint8Array): void {
		writeSync(this.#film, pixels, 0, pixels.length, head.length + frame.length);
	}
}

/** Brightness of each point, then its two colours, at half the size, which are none. */
function blank(): Uint8Array {
	return new Uint8Array((width * height * 3) / 2).fill(grey);
}

function picture(text: string): Uint8Array {
	const modules = encodeQR(text, "raw", { ecc: "medium", border: 4 });
	const size = Math.floor(tall / modules.length);
	const [left, top] = [(width - size * modules.length) >> 1, (height - size * modules.length) >> 1];
	const pixels = blank();
	modules.forEach((row, y) => {
		row.forEach((dark, x) => {
			for (let line = 0; line < size; line++) {
				const start = (top + y * size + line) * width + left + x * size;
				pixels.fill(dark ? black : white, start, start + size);
			}
		});
	});
	return pixels;
}
