/**
 * The one source of colours, sizes and radii. `build/` turns it into custom
 * properties (`--vx-*`) for both stylesheets; `test/tokens.test.ts` computes
 * the contrast of every pair of `pairs` in light and in dark.
 *
 * Four families never mix: zone colours speak of zones, cards and levels only;
 * the time-left scale speaks of time only; alarm speaks of an emergency ring
 * and of errors; brand is for everything one can press.
 */

/** [light, dark] */
type Shade = readonly [string, string];

export const colours = {
	bg: ["#f3f6f6", "#0e1617"],
	surface: ["#ffffff", "#162122"],
	"surface-2": ["#e8efef", "#203031"],
	line: ["#cfdada", "#34484a"],
	"line-strong": ["#667b7d", "#82999b"],
	ink: ["#122021", "#e8f0f0"],
	"ink-2": ["#43575a", "#b4c5c6"],

	brand: ["#0b5f66", "#127a82"],
	"brand-strong": ["#084a50", "#0e686f"],
	"on-brand": ["#ffffff", "#ffffff"],
	"brand-ink": ["#0b5f66", "#74d0d5"],
	"brand-soft": ["#dbeded", "#153a3d"],

	alarm: ["#b0153c", "#c4214b"],
	"alarm-strong": ["#8d0f2f", "#a81a3f"],
	"on-alarm": ["#ffffff", "#ffffff"],
	"alarm-ink": ["#a01236", "#ff9fb4"],
	"alarm-soft": ["#fbe5ea", "#431722"],

	"zone-green": ["#1b7a3d", "#1f7f42"],
	"on-zone-green": ["#ffffff", "#ffffff"],
	"zone-green-soft": ["#dff2e5", "#12331f"],
	"zone-green-ink": ["#14612f", "#82dc9f"],
	"zone-yellow": ["#f5c518", "#f0c32c"],
	"on-zone-yellow": ["#2b2200", "#2b2200"],
	"zone-yellow-soft": ["#fdf4cf", "#39300a"],
	"zone-yellow-ink": ["#675000", "#f2d35b"],
	"zone-orange": ["#b84d08", "#bd520e"],
	"on-zone-orange": ["#ffffff", "#ffffff"],
	"zone-orange-soft": ["#fde8d7", "#42240d"],
	"zone-orange-ink": ["#8a3a05", "#ffb27a"],
	"zone-red": ["#c62118", "#cc2a20"],
	"on-zone-red": ["#ffffff", "#ffffff"],
	"zone-red-soft": ["#fde3e0", "#471713"],
	"zone-red-ink": ["#9e170f", "#ffa39b"],

	"calm-soft": ["#e4ebef", "#24333b"],
	"calm-ink": ["#3b505b", "#b9cbd5"],
	"soon-soft": ["#dfe7fd", "#25306a"],
	"soon-ink": ["#2643ad", "#c3cfff"],
	late: ["#86155f", "#a83d84"],
	"on-late": ["#ffffff", "#ffffff"],
	"late-ink": ["#86155f", "#f2a5d6"],
} as const satisfies Record<string, Shade>;

export type Colour = keyof typeof colours;

/** Text on ground, each at least 4.5:1. */
export const pairs: readonly (readonly [Colour, Colour])[] = [
	["ink", "bg"],
	["ink", "surface"],
	["ink", "surface-2"],
	["ink", "brand-soft"],
	["ink", "alarm-soft"],
	["ink-2", "bg"],
	["ink-2", "surface"],
	["ink-2", "surface-2"],
	["ink-2", "brand-soft"],
	["on-brand", "brand"],
	["on-brand", "brand-strong"],
	["brand-ink", "bg"],
	["brand-ink", "surface"],
	["brand-ink", "surface-2"],
	["brand-ink", "brand-soft"],
	["on-alarm", "alarm"],
	["on-alarm", "alarm-strong"],
	["alarm-ink", "bg"],
	["alarm-ink", "surface"],
	["alarm-ink", "alarm-soft"],
	["on-zone-green", "zone-green"],
	["zone-green-ink", "zone-green-soft"],
	["on-zone-yellow", "zone-yellow"],
	["zone-yellow-ink", "zone-yellow-soft"],
	["on-zone-orange", "zone-orange"],
	["zone-orange-ink", "zone-orange-soft"],
	["on-zone-red", "zone-red"],
	["zone-red-ink", "zone-red-soft"],
	["calm-ink", "calm-soft"],
	["soon-ink", "soon-soft"],
	["on-late", "late"],
	["late-ink", "surface"],
	["late-ink", "bg"],
];

/** Edges of things one operates, each at least 3:1. */
export const edges: readonly (readonly [Colour, Colour])[] = [
	["line-strong", "surface"],
	["line-strong", "bg"],
	["brand-ink", "bg"],
	["brand", "surface"],
];

/** Six sizes in rem (16 px): notes, desk text, portal text, heading, page title, figure. */
export const sizes = ["0.8125rem", "0.9375rem", "1.125rem", "1.375rem", "1.875rem", "3rem"] as const;

/** Distances on the 4 px grid, in rem so that they follow the reader's text size. */
export const steps = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16] as const;

const fixed: Record<string, string> = {
	"radius-s": "4px",
	radius: "6px",
	"radius-l": "10px",
	"font-desk": '"Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
	"font-portal": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
	"font-mono": 'ui-monospace, "Cascadia Mono", "Roboto Mono", "Noto Sans Mono", monospace',
};

const shadows: Record<string, Shade> = {
	shadow: ["0 1px 2px rgb(18 32 33 / 10%)", "0 1px 2px rgb(0 0 0 / 50%)"],
	"shadow-l": ["0 12px 32px rgb(18 32 33 / 24%)", "0 12px 32px rgb(0 0 0 / 70%)"],
};

/**
 * `:root` in light, in dark when the machine asks for it, and either when
 * `<html data-bs-theme>` says so. Paper is always light.
 */
export function tokensCss(): string {
	const shaded = { ...colours, ...shadows } as Record<string, Shade>;
	const of = (index: 0 | 1) =>
		Object.entries(shaded)
			.map(([name, shade]) => `--vx-${name}:${shade[index]};`)
			.join("");
	const light = `color-scheme:light;${of(0)}`;
	const dark = `color-scheme:dark;${of(1)}`;
	const constant = [
		...Object.entries(fixed).map(([name, value]) => `--vx-${name}:${value};`),
		...sizes.map((value, index) => `--vx-text-${index + 1}:${value};`),
		...steps.map((step) => `--vx-${step}:${step / 4}rem;`),
	].join("");
	return [
		`:root{${constant}${light}}`,
		`@media screen and (prefers-color-scheme:dark){:root:not([data-bs-theme="light"]){${dark}}}`,
		`@media screen{:root[data-bs-theme="dark"]{${dark}}}`,
	].join("\n");
}
