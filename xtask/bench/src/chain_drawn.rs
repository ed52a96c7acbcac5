//! `chain-drawn`: the page of a cluster of 2,000 cases in Chromium, from the request until its drawing is
//! painted, as an official sees it.
//!
//! The limit: the same drawing alone on an empty page of the same browser.

use crate::{
    centre::{Centre, FIRST},
    chain,
    figure::{Figure, median, percentile, round},
    read::cookie,
    seed,
};
use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;
use tokio::process::Command;

const TIMES: usize = 15;

#[derive(Deserialize)]
struct Drawn {
    whole: Vec<f64>,
    alone: Vec<f64>,
    parts: usize,
    width: usize,
    height: usize,
}

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let wards = seed::units(&mut admin, centre.tenant, "ward").await?;
    eprintln!("  seeding a cluster of {} cases", chain::CASES);
    let cluster = chain::cases(&mut admin, centre.tenant, &wards).await?;
    let director = centre.director(&mut admin).await?;
    let server = centre.server(FIRST).await?;
    let cookie = cookie(&centre, FIRST, director).await?;
    let url = format!("http://{}/quan7/desk/clusters/{cluster}", server.address);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/measure/draw.mjs");
    let told = Command::new("node")
        .arg(script)
        .args([url.as_str(), &cookie, "svg.chain", &TIMES.to_string()])
        .output()
        .await
        .map_err(|error| Error::Unavailable(format!("node: {error}")))?;
    if !told.status.success() {
        return Err(Error::internal(String::from_utf8_lossy(&told.stderr)));
    }
    let drawn: Drawn = serde_json::from_slice(&told.stdout).map_err(Error::internal)?;
    let (ours, limit) = (round(percentile(&drawn.whole, 0.99)), round(percentile(&drawn.alone, 0.99)));
    Ok(Figure {
        name: "chain-drawn",
        unit: "ms",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: 2_000.0,
        judged: "ours",
        direction: "at_most",
        runs: TIMES,
        ok: ours <= 2_000.0,
        details: json!({
            "p50": round(median(&drawn.whole)), "cases": chain::CASES, "parts": drawn.parts,
            "width": drawn.width, "height": drawn.height,
        }),
    })
}
