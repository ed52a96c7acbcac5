/**
 * `<input type="file" data-photo>`: a picture larger than the server takes is made smaller
 * here; `img[data-photo-preview]` shows it and `[data-photo-fault]` speaks when it cannot be
 * read. Every other picture goes as it is: the time and place the camera wrote are evidence,
 * which a canvas would lose, and the server's to take out.
 */
export const limit = 8 * 1024 * 1024;
/** What a picture that has to shrink becomes at most. */
const small = 2_000_000;

export function beginPhoto(): void {
	for (const input of document.querySelectorAll<HTMLInputElement>("input[data-photo]")) {
		input.addEventListener("change", () => void take(input));
	}
}

async function take(input: HTMLInputElement): Promise<void> {
	const field = input.closest(".field") ?? input.parentElement;
	const preview = field?.querySelector<HTMLImageElement>("[data-photo-preview]");
	const fault = field?.querySelector<HTMLElement>("[data-photo-fault]");
	const file = input.files?.[0];
	if (preview) preview.hidden = true;
	if (fault) fault.hidden = true;
	if (!file) return;
	try {
		const sent = mustShrink(file) ? await shrink(file) : file;
		if (sent !== file) {
			const list = new DataTransfer();
			list.items.add(sent);
			input.files = list.files;
		}
		if (preview) {
			if (preview.src) URL.revokeObjectURL(preview.src);
			preview.src = URL.createObjectURL(sent);
			preview.hidden = false;
		}
	} catch {
		input.value = "";
		if (fault) fault.hidden = false;
	}
}

export function mustShrink(file: { size: number }): boolean {
	return file.size > limit;
}

/** JPEG of at most `small` bytes: the long edge and the quality go down until it fits. */
async function shrink(file: File): Promise<File> {
	const bitmap = await createImageBitmap(file);
	for (const [edge, quality] of [
		[2048, 0.85],
		[1600, 0.75],
		[1280, 0.6],
	] as const) {
		const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
		const canvas = document.createElement("canvas");
		canvas.width = Math.round(bitmap.width * scale);
		canvas.height = Math.round(bitmap.height * scale);
		canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
		const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
		if (blob && blob.size <= small) return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: blob.type });
	}
	throw new Error("the picture stays too large");
}
