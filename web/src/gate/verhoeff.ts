/** Verhoeff's check digit: finds every single wrong digit and every swap of two neighbours. */
const multiplied = [
	"0123456789",
	"1234067895",
	"2340178956",
	"3401289567",
	"4012395678",
	"5987604321",
	"6598710432",
	"7659821043",
	"8765932104",
	"9876543210",
];
const permuted = [
	"0123456789",
	"1576283094",
	"5803796142",
	"8916043527",
	"9453126870",
	"4286573901",
	"2793806415",
	"7046913258",
];
const inverse = "0432156789";

/** Whether the last digit is the check digit of those before it. */
export function fits(digits: string): boolean {
	return /^\d+$/.test(digits) && run(digits, 0) === 0;
}

export function checkDigit(digits: string): string {
	return inverse.charAt(run(digits, 1));
}

function run(digits: string, first: number): number {
	return [...digits]
		.reverse()
		.reduce((sum, digit, at) => Number(multiplied[sum]?.[Number(permuted[(at + first) % 8]?.[Number(digit)])]), 0);
}
