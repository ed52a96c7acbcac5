/** The rules of September and October 2021 in Ho Chi Minh City, as packs for gates. */

/** Draft plan of early September 2021. */
export const draftOfCards = {
	version: "the-2021-09-du-thao-1",
	valid_from: "2021-09-16",
	valid_to: "2021-09-30",
	single_dose_counts_as: 2,
	when_status_unknown: "yellow",
	when_only_identity: "red",
	cards: [
		{
			colour: "green",
			kinds: ["person", "force"],
			any: [{ doses_at_least: 2, days_since_dose_at_least: 14 }, { days_since_recovered_at_most: 180 }],
		},
		{
			colour: "yellow",
			kinds: ["person", "force"],
			any: [{ doses_at_least: 1, days_since_dose_at_least: 14, days_since_negative_at_most: 3 }],
		},
		{ colour: "green", kinds: ["business", "household", "neighbourhood"], any: [{}] },
	],
	places: [
		{ places: ["factory"], roles: ["staff"], accepts: [{ colour: "green", also: { days_since_negative_at_most: 7 } }] },
		{ places: ["restaurant", "cinema"], accepts: [{ colour: "green" }], share_at_most: 0.5 },
	],
};

/** QĐ 3328 of 15 September 2021: a card of one dose is green within limits; a test where the trade asks for one. */
export const draftOfTrades = {
	version: "3328-2021",
	valid_from: "2021-09-16",
	valid_to: "2021-09-30",
	single_dose_counts_as: 2,
	when_status_unknown: "green",
	when_only_identity: "red",
	cards: [
		{
			colour: "green",
			scope: "full",
			any: [{ doses_at_least: 2, days_since_dose_at_least: 14 }, { days_since_recovered_at_most: 180 }],
		},
		{ colour: "green", scope: "restricted", any: [{ doses_at_least: 1, days_since_dose_at_least: 14 }] },
	],
	places: [
		{
			places: ["supermarket"],
			roles: ["customer-facing"],
			accepts: [{ colour: "green", scope: "full", also: { days_since_negative_at_most: 5 } }],
		},
		{ places: ["supermarket"], roles: ["staff"], accepts: [{ colour: "green" }] },
	],
};

/** From 1 October 2021, with the limits of zones and levels. */
export const october = {
	version: "tu-1-10-2021",
	valid_from: "2021-10-01",
	valid_to: null,
	single_dose_counts_as: 1,
	when_status_unknown: "green",
	when_only_identity: "yellow",
	cards: [
		{
			colour: "green",
			scope: "shipper",
			kinds: ["force"],
			forces: [5],
			any: [{ doses_at_least: 1, days_since_dose_at_least: 14, days_since_negative_at_most: 2 }],
		},
		{
			colour: "green",
			kinds: ["person", "force"],
			any: [{ days_since_recovered_at_most: 179 }, { doses_at_least: 1, days_since_dose_at_least: 14 }],
		},
	],
	places: [
		{ places: ["bar", "karaoke"], accepts: [] },
		{ zones: ["red"], roles: ["visitor"], accepts: [{ colour: "green", scope: "shipper" }] },
		{ places: ["office"], levels: [4], accepts: [{ colour: "green" }], share_at_most: 0.5 },
		{ places: ["office"], levels: [3], accepts: [{ colour: "green" }], share_at_most: 0.66, people_at_most: 60 },
	],
};
