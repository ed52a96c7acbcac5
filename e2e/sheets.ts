/** Sheets of cards as `crates/papers` prints them, cut up: ten to an A4, two across and five down, edge to edge. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Dots of a printer to the inch: at this many the edges of a code's modules lie on dots. */
const dpi = 300;
const [across, down] = [2, 5];
/** Millimetres. */
const page = { width: 210, height: 297 };
const card = { width: 85.6, height: 53.98 };
/** Where a card's QR code stands with its white, in dots from the corner of the card. */
const code = { x: 560, y: 186, side: 448 };

function dots(millimetres: number): number {
	return (millimetres / 25.4) * dpi;
}

/** The arguments with which `pdftoppm` draws this part of each page. */
export function part(x: number, y: number): string[] {
	const at = [x + code.x, y + code.y].map((dot) => String(Math.round(dot)));
	return ["-r", `${dpi}`, "-x", `${at[0]}`, "-y", `${at[1]}`, "-W", `${code.side}`, "-H", `${code.side}`];
}

/** The codes of the first so many sheets, each as a grey picture (PGM). `folder` is made, and empty before. */
export async function codesOf(pdf: string, sheets: number, folder: string): Promise<Buffer[]> {
	await mkdir(folder, { recursive: true });
	for (let row = 0; row < down; row++) {
		for (let column = 0; column < across; column++) {
			const left = dots((page.width - across * card.width) / 2 + column * card.width);
			const top = dots((page.height - down * card.height) / 2 + row * card.height);
			const of = ["-gray", "-f", "1", "-l", `${sheets}`, ...part(left, top)];
			await run("pdftoppm", [...of, pdf, join(folder, `${row}-${column}`)]);
		}
	}
	const files = (await readdir(folder)).sort();
	return Promise.all(files.map((file) => readFile(join(folder, file))));
}

/** The twelve digits on the cards of one sheet. */
export async function digitsOf(pdf: string, sheet: number): Promise<string[]> {
	const { stdout } = await run("pdftotext", ["-layout", "-f", `${sheet}`, "-l", `${sheet}`, pdf, "-"]);
	return stdout.match(/\b\d{4}[ \u00A0]{1,2}\d{4}[ \u00A0]{1,2}\d{4}\b/g) ?? [];
}
