//! A chain, laid out: from left to right by day, from top to bottom as a tidy tree.

use jiff::civil::Date;
use kernel::{CaseId, UnitId};
use std::collections::BTreeMap;

/// A case of a cluster as the drawing knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Infected {
    pub case: CaseId,
    /// `None` where the reader does not see cases of that ward.
    pub name: Option<String>,
    pub ward: UnitId,
    /// Of the onset, else of the first positive sample, else of the report.
    pub day: Date,
    pub infected_by: Option<CaseId>,
    /// A person has said so; otherwise it is proposed.
    pub sure: bool,
    pub died: bool,
}

/// A case in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub of: Infected,
    /// Where in the list the one stands who infected it; `None` where nobody is known.
    pub by: Option<usize>,
    /// Days since the first case of the drawing.
    pub x: i32,
    /// Rows from the top; a row is one case that infected nobody.
    pub y: f64,
    /// Infections from the beginning of its chain.
    pub depth: usize,
    /// Whom it infected, itself.
    pub infected: usize,
    /// Everybody below it; they follow it in the list.
    pub below: usize,
}

/// Who infected whom: places in the list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub sure: bool,
}

/// A cluster, or a part of one, as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    /// Each before those it infected.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub first: Option<Date>,
    pub last: Option<Date>,
    /// Rows of the drawing.
    pub rows: usize,
}

impl Chain {
    /// Lays a cluster out. `perhaps` are other sources that are only possible: who, whom. A circle, which
    /// only wrong entries can make, is cut at its earliest case.
    pub fn lay_out(mut cases: Vec<Infected>, perhaps: &[(CaseId, CaseId)]) -> Self {
        cases.sort_by_key(|one| (one.day, one.case));
        let at: BTreeMap<CaseId, usize> = cases.iter().enumerate().map(|(at, one)| (one.case, at)).collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); cases.len()];
        let mut by: Vec<Option<usize>> = vec![None; cases.len()];
        for (child, one) in cases.iter().enumerate() {
            let parent =
                one.infected_by.and_then(|by| at.get(&by).copied()).filter(|parent| *parent != child);
            by[child] = parent;
            if let Some(parent) = parent {
                // In order of day, because the cases are.
                children[parent].push(child);
            }
        }
        let order = in_order(&children, &mut by);
        let mut place = vec![0; cases.len()];
        for (new, (old, _)) in order.iter().enumerate() {
            place[*old] = new;
        }
        let first = cases.first().map(|one| one.day);
        let last = cases.last().map(|one| one.day);
        let x = |day: Date| first.and_then(|first| first.until(day).ok()).map_or(0, |span| span.get_days());
        let mut nodes: Vec<Node> = order
            .iter()
            .map(|(old, depth)| Node {
                by: by[*old].map(|parent| place[parent]),
                x: x(cases[*old].day),
                y: 0.0,
                depth: *depth,
                infected: 0,
                below: 0,
                of: cases[*old].clone(),
            })
            .collect();
        let rows = rise(&mut nodes);
        let own = nodes
            .iter()
            .enumerate()
            .filter_map(|(to, node)| Some(Edge { from: node.by?, to, sure: node.of.sure }));
        let mut edges: Vec<Edge> = own.collect();
        for (from, to) in perhaps {
            if let (Some(from), Some(to)) = (at.get(from), at.get(to)) {
                let (from, to) = (place[*from], place[*to]);
                if from != to && nodes[to].by != Some(from) {
                    edges.push(Edge { from, to, sure: false });
                }
            }
        }
        Self { nodes, edges, first, last, rows }
    }

    /// The part of it that begins with one case, laid out anew; `None` when it is not in it.
    pub fn from(&self, case: CaseId) -> Option<Self> {
        let at = self.nodes.iter().position(|node| node.of.case == case)?;
        let part = &self.nodes[at..=at + self.nodes[at].below];
        let cases = part.iter().map(|node| node.of.clone()).collect();
        let inside = |edge: &&Edge| {
            let within = |place: usize| (at..=at + self.nodes[at].below).contains(&place);
            within(edge.from) && within(edge.to) && self.nodes[edge.to].by != Some(edge.from)
        };
        let perhaps: Vec<(CaseId, CaseId)> = self
            .edges
            .iter()
            .filter(inside)
            .map(|edge| (self.nodes[edge.from].of.case, self.nodes[edge.to].of.case))
            .collect();
        Some(Self::lay_out(cases, &perhaps))
    }
}

/// Each case before those it infected, with its depth. Without recursion: a chain may be long.
fn in_order(children: &[Vec<usize>], by: &mut [Option<usize>]) -> Vec<(usize, usize)> {
    let mut order = Vec::with_capacity(by.len());
    let mut seen = vec![false; by.len()];
    let roots: Vec<usize> = (0..by.len()).filter(|at| by[*at].is_none()).collect();
    // Whoever no root leads to stands in a circle; the earliest of it begins it.
    for root in roots.into_iter().chain(0..by.len()) {
        if seen[root] {
            continue;
        }
        by[root] = None;
        let mut open = vec![(root, 0)];
        while let Some((at, depth)) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            order.push((at, depth));
            open.extend(
                children[at].iter().rev().filter(|child| !seen[**child]).map(|child| (*child, depth + 1)),
            );
        }
    }
    order
}

/// Gives each node its row and counts who is below it: those that infected nobody take a row each, the
/// others stand halfway between the first and the last they infected. Returns the number of rows.
fn rise(nodes: &mut [Node]) -> usize {
    let mut span: Vec<Option<(f64, f64)>> = vec![None; nodes.len()];
    // Who has no child takes the next row, in the order of the list.
    let mut has_child = vec![false; nodes.len()];
    for node in nodes.iter() {
        if let Some(by) = node.by {
            has_child[by] = true;
        }
    }
    let mut rows = 0;
    for (at, node) in nodes.iter_mut().enumerate() {
        if !has_child[at] {
            node.y = rows as f64;
            rows += 1;
        }
    }
    for at in (0..nodes.len()).rev() {
        if let Some((top, bottom)) = span[at] {
            nodes[at].y = f64::midpoint(top, bottom);
        }
        let (y, below) = (nodes[at].y, nodes[at].below);
        if let Some(by) = nodes[at].by {
            let (top, bottom) = span[by].unwrap_or((y, y));
            span[by] = Some((top.min(y), bottom.max(y)));
            nodes[by].infected += 1;
            nodes[by].below += below + 1;
        }
    }
    rows
}
