//! One cluster: its chain drawn and as a table; a press on a case opens its part of the chain.

use super::graph::{Graph, Said};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::{Path, Query};
use health::{
    clusters::{self, Chain, Node},
    places,
};
use kernel::{CaseId, ClusterId, Error, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// Rows of the table on one page.
const ROWS: usize = 200;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The case whose part of the chain is shown.
    from: String,
    page: usize,
}

struct Row {
    name: String,
    href: Option<String>,
    day: String,
    ward: String,
    by: String,
    sure: bool,
    infected: usize,
    below: usize,
    /// Opens its part of the chain; `None` where it is no more than the case itself.
    part_href: Option<String>,
}

#[derive(Template)]
#[template(path = "cluster.html")]
struct Page {
    d: Desk,
    title: String,
    /// Of the case whose part is shown; empty for the whole.
    part: String,
    whole_href: String,
    facts: Vec<(String, String)>,
    place: Option<(String, String)>,
    graph: Graph,
    graph_says: String,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/clusters/{id}?from=`
pub async fn page(me: Me, Path((_, id)): Path<(String, ClusterId)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "contacts").await?;
    let cluster = clusters::find(&mut frame.cx, id).await?;
    let whole = clusters::chain(&mut frame.cx, id).await?;
    let from = if asked.from.is_empty() { None } else { Some(asked.from.parse::<CaseId>()?) };
    let chain = match from {
        Some(case) => whole.from(case).ok_or(Error::NotFound)?,
        None => whole,
    };
    let place = match cluster.place {
        Some(place) => {
            let at = places::find(&mut frame.cx, place).await?;
            Some((me.at(format!("places/{place}")), at.place.name))
        }
        None => None,
    };
    let w = me.w;
    let here = me.at(format!("clusters/{id}"));
    let address = |page: usize| match from {
        Some(case) => format!("{here}?from={case}&page={page}"),
        None => format!("{here}?page={page}"),
    };
    let name = |node: &Node| node.of.name.clone().unwrap_or_else(|| w.contact_case_elsewhere());
    let ward = |node: &Node| frame::short(&frame.tree, &frame.d, Some(node.of.ward));
    let graph = Graph::new(
        &chain,
        |day| {
            let shown = dates::shown_date(day);
            // 25/09 is enough on the axis.
            shown.rsplit_once('/').map_or(shown.clone(), |(day, _)| day.to_owned())
        },
        |node| Said {
            name: name(node),
            says: w.cluster_says(
                name(node),
                dates::shown_date(node.of.day),
                ward(node),
                node.infected.to_string(),
            ),
            href: opens(&me, &here, from, node),
        },
    );
    let shown = chain.nodes.iter().skip(asked.page.saturating_mul(ROWS)).take(ROWS);
    let rows = shown
        .map(|node| Row {
            name: name(node),
            href: node.of.name.as_ref().map(|_| me.at(format!("cases/{}", node.of.case))),
            day: dates::shown_date(node.of.day),
            ward: ward(node),
            by: node.by.map_or_else(|| "–".to_owned(), |by| name(&chain.nodes[by])),
            sure: node.of.sure,
            infected: node.infected,
            below: node.below,
            part_href: (node.below > 0 && Some(node.of.case) != from)
                .then(|| format!("{here}?from={}", node.of.case)),
        })
        .collect();
    let page = Page {
        title: w.cluster_line(cluster.code.clone(), cluster.cases.to_string()),
        part: from.map_or_else(String::new, |_| chain.nodes.first().map_or_else(String::new, &name)),
        whole_href: here.clone(),
        facts: facts(&me, &frame, &cluster, &chain),
        place,
        graph_says: w.cluster_graph_says(chain.nodes.len().to_string()),
        graph,
        rows,
        before: (asked.page > 0).then(|| address(asked.page - 1)),
        next: (chain.nodes.len() > (asked.page + 1).saturating_mul(ROWS)).then(|| address(asked.page + 1)),
        d: frame.d.clone(),
    };
    html(&page)
}

/// What a dot opens: the part of the chain that begins with it; the case itself where there is no more, or
/// where its part is what is shown. Of a case that the reader does not see only the whole.
fn opens(me: &Me, here: &str, from: Option<CaseId>, node: &Node) -> String {
    if node.below > 0 && from != Some(node.of.case) {
        format!("{here}?from={}", node.of.case)
    } else if node.of.name.is_some() {
        me.at(format!("cases/{}", node.of.case))
    } else {
        here.to_owned()
    }
}

fn facts(me: &Me, frame: &Frame, cluster: &clusters::Cluster, chain: &Chain) -> Vec<(String, String)> {
    let w = me.w;
    let known = chain.nodes.iter().filter(|node| node.by.is_some()).count();
    let most = chain.nodes.iter().map(|node| node.infected).max().unwrap_or(0);
    vec![
        (w.cluster_cases(), chain.nodes.len().to_string()),
        (
            w.case_ward(),
            match cluster.ward {
                Some(ward) => frame::short(&frame.tree, &frame.d, Some(ward)),
                None => w.cluster_wards(),
            },
        ),
        (w.cluster_first(), dates::shown_date(chain.first.unwrap_or(cluster.first_on))),
        (w.cluster_last(), dates::shown_date(chain.last.unwrap_or(cluster.last_on))),
        (w.cluster_known(), known.to_string()),
        (w.cluster_most(), most.to_string()),
    ]
}
