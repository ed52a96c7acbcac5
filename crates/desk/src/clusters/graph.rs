//! A chain as a drawing: from left to right by day, from top to bottom as a tree. Whoever infected others is
//! a dot that opens his own part of the chain; of a large chain those who infected nobody are dots without
//! more, so that two thousand cases are a drawing of some hundred kilobytes. A name is written where
//! there is room for it.

use health::clusters::{Chain, Node};
use jiff::{Span, civil::Date};
use std::{collections::BTreeMap, fmt::Write};

/// The drawing is so wide.
const WIDTH: f64 = 1000.0;
/// Room on the left and, for the names of the last cases, on the right.
const LEFT: f64 = 20.0;
const RIGHT: f64 = 150.0;
/// Room on top for the days.
const TOP: f64 = 34.0;
const BOTTOM: f64 = 14.0;
/// A row is at most so high, and the drawing, when it has many, about so.
const ROW: f64 = 20.0;
const HEIGHT: f64 = 2400.0;
/// Of a chain of more cases only those who infected others open their part.
const WHOLE: usize = 250;
/// Height of a line of letters, and width of one.
const LETTERS: f64 = 13.0;
const LETTER: f64 = 6.4;
/// Longest name that is written.
const NAME: usize = 22;

/// A dot that opens something.
pub struct Dot {
    pub x: String,
    pub y: String,
    pub r: &'static str,
    pub href: String,
    pub says: String,
    /// "is-dead", "is-hidden" or nothing.
    pub look: &'static str,
}

pub struct Label {
    pub x: String,
    pub y: String,
    pub text: String,
}

/// A day of the axis.
pub struct Tick {
    pub x: String,
    pub text: String,
}

pub struct Graph {
    pub width: String,
    pub height: String,
    pub ticks: Vec<Tick>,
    /// Path data of the lines.
    pub sure: String,
    pub perhaps: String,
    /// Path data of those that open nothing: strokes without length, with round ends.
    pub dots: String,
    pub open: Vec<Dot>,
    pub labels: Vec<Label>,
}

/// Whom a dot stands for, in words, and what it opens.
pub struct Said {
    pub name: String,
    pub says: String,
    pub href: String,
}

impl Graph {
    /// `say` tells of a case; it is asked for those that open something and those that are named.
    pub fn new(chain: &Chain, day: impl Fn(Date) -> String, say: impl Fn(&Node) -> Said) -> Self {
        let days = chain
            .first
            .zip(chain.last)
            .and_then(|(first, last)| first.until(last).ok())
            .map_or(0, |span| span.get_days());
        let across = (WIDTH - LEFT - RIGHT) / f64::from(days.max(1));
        let row = (HEIGHT / chain.rows.max(1) as f64).min(ROW);
        let at = |node: &Node| (LEFT + f64::from(node.x) * across, TOP + (node.y + 0.5) * row);
        let (mut sure, mut perhaps) = (String::new(), String::new());
        for edge in &chain.edges {
            let ((x, y), (to_x, to_y)) = (at(&chain.nodes[edge.from]), at(&chain.nodes[edge.to]));
            let path = if edge.sure { &mut sure } else { &mut perhaps };
            // Down at the one who infected, then across: lines of one parent lie on each other.
            let _ = write!(path, "M{x:.0} {y:.1}V{to_y:.1}H{to_x:.0}");
        }
        let whole = chain.nodes.len() <= WHOLE;
        let (mut dots, mut open) = (String::new(), Vec::new());
        for node in &chain.nodes {
            let (x, y) = at(node);
            if !whole && node.below == 0 {
                let _ = write!(dots, "M{x:.0} {y:.1}h0");
                continue;
            }
            let said = say(node);
            open.push(Dot {
                x: format!("{x:.0}"),
                y: format!("{y:.1}"),
                r: if whole { "5" } else { "3.5" },
                href: said.href,
                says: said.says,
                look: look(node),
            });
        }
        Self {
            width: format!("{WIDTH:.0}"),
            height: format!("{:.0}", TOP + chain.rows as f64 * row + BOTTOM),
            ticks: ticks(chain.first, days, across, &day),
            sure,
            perhaps,
            dots,
            open,
            labels: labels(chain, &at, &say),
        }
    }
}

fn look(node: &Node) -> &'static str {
    match (&node.of.name, node.of.died) {
        (None, _) => "is-hidden",
        (_, true) => "is-dead",
        _ => "",
    }
}

/// A dozen days at most, evenly apart.
fn ticks(first: Option<Date>, days: i32, across: f64, day: &impl Fn(Date) -> String) -> Vec<Tick> {
    let Some(first) = first else { return Vec::new() };
    let every = (days / 12 + 1).max(1);
    (0..=days)
        .step_by(usize::try_from(every).unwrap_or(1))
        .map(|n| Tick {
            x: format!("{:.0}", LEFT + f64::from(n) * across),
            text: day(first.saturating_add(Span::new().days(n))),
        })
        .collect()
}

/// The names for which there is room: those of the cases with the most below them first.
fn labels(chain: &Chain, at: &impl Fn(&Node) -> (f64, f64), say: &impl Fn(&Node) -> Said) -> Vec<Label> {
    let mut order: Vec<&Node> = chain.nodes.iter().filter(|node| node.of.name.is_some()).collect();
    order.sort_by_key(|node| std::cmp::Reverse(node.below));
    // Stretches that are taken, by line of letters.
    let mut taken: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut labels = Vec::new();
    for node in order {
        let (x, y) = at(node);
        let name = say(node).name;
        let shown: String = name.chars().take(NAME).collect();
        let (from, to) = (x + 8.0, x + 12.0 + shown.chars().count() as f64 * LETTER);
        let line = (y / LETTERS).floor() as i64;
        let free = (line - 1..=line + 1)
            .all(|line| taken.get(&line).is_none_or(|taken| taken.iter().all(|(a, b)| to < *a || from > *b)));
        if free {
            taken.entry(line).or_default().push((from, to));
            labels.push(Label { x: format!("{from:.0}"), y: format!("{:.1}", y - 2.0), text: shown });
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use health::clusters::Infected;
    use jiff::civil::date;
    use kernel::{CaseId, UnitId};
    use uuid::Uuid;

    fn chain(n: u32) -> Chain {
        let case = |n: u32| CaseId(Uuid::from_u128(u128::from(n)));
        let cases = (1..=n).map(|one| Infected {
            case: case(one),
            name: Some(format!("Nguyễn Thị Ca {one}")),
            ward: UnitId(Uuid::from_u128(1)),
            day: date(2021, 9, 1).saturating_add(Span::new().days(i64::from(one / 60))),
            infected_by: (one > 1).then(|| case(one / 3 + 1)).filter(|by| *by != case(one)),
            sure: !one.is_multiple_of(4),
            died: one == 7,
        });
        Chain::lay_out(cases.collect(), &[])
    }

    fn graph(chain: &Chain) -> Graph {
        Graph::new(
            chain,
            |day| day.to_string(),
            |node| Said {
                name: node.of.name.clone().unwrap_or_default(),
                says: "01/09/2021 · Tân Phong · đã lây cho 3 ca".to_owned(),
                href: format!("?from={}", node.of.case),
            },
        )
    }

    #[test]
    fn two_thousand_cases_fit_into_half_a_megabyte() {
        let chain = chain(2_000);
        let graph = graph(&chain);
        let open: usize = graph.open.iter().map(|dot| 150 + dot.href.len() + 2 * dot.says.len()).sum();
        let labels: usize = graph.labels.iter().map(|label| 40 + label.text.len()).sum();
        let all = graph.sure.len() + graph.perhaps.len() + graph.dots.len() + open + labels;
        assert!(all < 500_000, "{all} bytes");
        assert!(graph.open.len() < 2_000 && !graph.dots.is_empty());
        assert!(!graph.perhaps.is_empty(), "what is proposed is drawn apart");
    }

    #[test]
    fn names_never_lie_on_each_other_and_the_first_case_has_one() {
        let chain = chain(2_000);
        let graph = graph(&chain);
        assert!(graph.labels[0].text.starts_with("Nguyễn Thị Ca 1"));
        let boxes: Vec<(f64, f64, f64)> = graph
            .labels
            .iter()
            .map(|label| {
                let (x, y): (f64, f64) = (label.x.parse().unwrap(), label.y.parse().unwrap());
                (x, x + label.text.chars().count() as f64 * LETTER, y)
            })
            .collect();
        for (at, one) in boxes.iter().enumerate() {
            for two in &boxes[at + 1..] {
                let apart = (one.2 - two.2).abs() >= LETTERS - 0.1 || one.1 < two.0 || two.1 < one.0;
                assert!(apart, "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn of_a_small_chain_every_case_opens_and_is_named() {
        let chain = chain(12);
        let graph = graph(&chain);
        assert_eq!((graph.open.len(), graph.dots.as_str()), (12, ""));
        assert_eq!(graph.open.iter().filter(|dot| dot.look == "is-dead").count(), 1);
        assert_eq!(graph.ticks.len(), 1, "they all fell ill on one day");
    }
}
