/** Why a text came to its answer: keys of messages, each with the figures that stand in it. */
export const reasonKeys = [
	// Met, as far as the person's card needs it.
	"gate-has-doses",
	"gate-has-days-since-dose",
	"gate-has-negative-test",
	"gate-has-recovered",
	// Not met: `needs`, and `has` where something is known.
	"gate-lacks-doses",
	"gate-lacks-days-since-dose",
	"gate-lacks-recent-dose",
	"gate-lacks-negative-test",
	"gate-lacks-days-since-recovery",
	"gate-lacks-recent-recovery",
	"gate-no-card-for-kind", // kind
	"gate-positive-test",
	// The place: `colour` and `scope` that it asks for.
	"gate-place-asks",
	"gate-place-closed",
	// The pass itself.
	"gate-expired",
	"gate-not-yet-valid",
	"gate-revoked",
	"gate-status-unknown",
	"gate-signer-unknown",
	"gate-not-genuine",
	"gate-not-understood",
	"gate-only-identity",
	"gate-code-unknown",
	"gate-code-of-two",
	// Nobody's fault but the picture's, or the thumb's.
	"gate-scan-again",
	"gate-code-mistyped",
	// What the gate itself lacks.
	"gate-no-rules",
	"gate-no-trust-list",
	"gate-trust-list-too-old",
	"gate-no-code-table",
	"gate-code-table-too-old",
] as const;

export type ReasonKey = (typeof reasonKeys)[number];

export interface Reason {
	key: ReasonKey;
	figures?: Record<string, number | string>;
}
