//! Charts drawn by the server as inline SVG: sizes by attributes, colours by the stylesheet, numbers
//! and units in the reader's words. Beside a chart stands a link to its table and its CSV.

use askama::Template;

/// A small line of days beside a figure, from zero up; `label` reads the numbers out.
pub fn spark(values: &[i64], label: &str) -> String {
    let top = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 100.0 / values.len().saturating_sub(1).max(1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("{:.1},{:.1}", index as f64 * step, 28.0 - 24.0 * *value as f64 / top))
        .collect();
    Spark { label, points: points.join(" ") }.to_string()
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label="{{ label }}"><polyline points="{{ points }}"></polyline></svg>"#
)]
struct Spark<'a> {
    label: &'a str,
    points: String,
}

/// How much somebody carries of what he can: the bar, and marks at the least and at the most. What is
/// over the most goes on beyond its mark. `pressure` colours it as time is coloured; `label` reads the
/// numbers out.
pub fn load(carried: i64, least: Option<i64>, most: i64, pressure: &str, label: &str) -> String {
    // Room beyond the most for half as much again.
    let whole = carried.max(most + most / 2).max(1) as f64;
    let at = |value: i64| place(100.0 * value.max(0) as f64 / whole);
    Load { label, pressure, width: at(carried), least: least.map(at), most: at(most) }.to_string()
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<svg class="load" data-left="{{ pressure }}" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{{ label }}"><rect class="track" x="0" y="2" width="100" height="6"></rect><rect class="bar" x="0" y="2" width="{{ width }}" height="6"></rect>{% if let Some(x) = least %}<line x1="{{ x }}" x2="{{ x }}" y1="0" y2="10"></line>{% endif %}<line x1="{{ most }}" x2="{{ most }}" y1="0" y2="10"></line></svg>"#
)]
struct Load<'a> {
    label: &'a str,
    pressure: &'a str,
    width: String,
    least: Option<String>,
    most: String,
}

/// A bar beside a figure: how much of the whole it is. `pressure` and `label` as for [`load`].
pub fn share(value: i64, whole: i64, pressure: &str, label: &str) -> String {
    let width = place(100.0 * value.clamp(0, whole.max(1)) as f64 / whole.max(1) as f64);
    Share { label, pressure, width }.to_string()
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<svg class="load" data-left="{{ pressure }}" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{{ label }}"><rect class="track" x="0" y="2" width="100" height="6"></rect><rect class="bar" x="0" y="2" width="{{ width }}" height="6"></rect></svg>"#
)]
struct Share<'a> {
    label: &'a str,
    pressure: &'a str,
    width: String,
}

/// One bar of a chart.
pub struct Bar {
    /// Below the axis; drawn under every second bar when there are many.
    pub label: String,
    pub value: i64,
    /// What it says in full, and the list behind it.
    pub title: String,
    pub href: String,
}

/// More bars than this, and their values would run into each other: they are read by the axis.
const VALUED: usize = 31;

/// Bars over days. `label` names the whole; `across` and `up` name the axes with their unit.
pub fn bars(label: &str, across: &str, up: &str, bars: &[Bar]) -> String {
    let top = round_top(bars.iter().map(|bar| bar.value).max().unwrap_or(0));
    let slot = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let height = |value: i64| (FOOT - HEAD) * value as f64 / top as f64;
    let every = bars.len().div_ceil(8).max(1);
    let drawn = bars
        .iter()
        .enumerate()
        .map(|(index, bar)| {
            let middle = LEFT + slot * (index as f64 + 0.5);
            Drawn {
                x: place(middle - slot * 0.38),
                y: place(FOOT - height(bar.value)),
                width: place(slot * 0.76),
                height: place(height(bar.value)),
                middle: place(middle),
                above: place(FOOT - height(bar.value) - 4.0),
                // Counted from the end, so that today is always named.
                label: (bars.len() - 1 - index).is_multiple_of(every).then_some(bar.label.as_str()),
                value: (bars.len() <= VALUED).then_some(bar.value),
                title: &bar.title,
                href: &bar.href,
            }
        })
        .collect();
    let lines = (0..=4)
        .filter(|part| top * part % 4 == 0)
        .map(|part| (place(FOOT - height(top * part / 4)), top * part / 4));
    Bars { label, across, up, bars: drawn, lines: lines.collect() }.to_string()
}

/// The drawing: 400 by 230, so that its letters stay readable on a phone.
/// Bars end before the drawing does: the last one has its label below it, whole.
const WIDTH: f64 = 385.0;
const LEFT: f64 = 30.0;
const HEAD: f64 = 34.0;
const FOOT: f64 = 182.0;

fn place(at: f64) -> String {
    format!("{at:.1}")
}

/// Where the axis ends: a whole number of quarters, 4, 8, 12 or 20 times a power of ten.
fn round_top(most: i64) -> i64 {
    let mut unit = 1;
    loop {
        for times in [4, 8, 12, 20] {
            if most <= times * unit {
                return times * unit;
            }
        }
        unit *= 10;
    }
}

struct Drawn<'a> {
    x: String,
    y: String,
    width: String,
    height: String,
    middle: String,
    above: String,
    label: Option<&'a str>,
    value: Option<i64>,
    title: &'a str,
    href: &'a str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<svg class="chart" viewBox="0 0 400 230" role="group" aria-label="{{ label }}">
<text x="0" y="14">{{ up }}</text><text x="400" y="224" text-anchor="end">{{ across }}</text>
{% for (y, value) in lines %}<line class="axis" x1="30" x2="400" y1="{{ y }}" y2="{{ y }}"></line><text x="24" y="{{ y }}" dy="4" text-anchor="end">{{ value }}</text>{% endfor %}
{% for b in bars %}<a href="{{ b.href }}" aria-label="{{ b.title }}"><title>{{ b.title }}</title><rect class="bar" x="{{ b.x }}" y="{{ b.y }}" width="{{ b.width }}" height="{{ b.height }}"></rect>{% if let Some(value) = b.value %}<text class="bar-value" x="{{ b.middle }}" y="{{ b.above }}" text-anchor="middle">{{ value }}</text>{% endif %}</a>{% if let Some(label) = b.label %}<text x="{{ b.middle }}" y="200" text-anchor="middle">{{ label }}</text>{% endif %}
{% endfor %}</svg>"#
)]
struct Bars<'a> {
    label: &'a str,
    across: &'a str,
    up: &'a str,
    bars: Vec<Drawn<'a>>,
    lines: Vec<(String, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_runs_from_zero_and_says_its_numbers() {
        let drawn = spark(&[0, 2, 4], "14 ngày qua: 0, 2, 4 <ca>");
        assert!(drawn.contains(r#"points="0.0,28.0 50.0,16.0 100.0,4.0""#), "{drawn}");
        assert!(drawn.contains("0, 2, 4 &#60;ca&#62;"), "{drawn}");
        assert!(spark(&[], "").contains(r#"points="""#));
        assert!(spark(&[3], "").contains("0.0,4.0"));
    }

    #[test]
    fn a_share_ends_where_the_whole_does() {
        assert!(share(1, 4, "calm", "1/4").contains(r#"width="25.0""#));
        assert!(share(5, 4, "late", "5/4").matches(r#"width="100.0""#).count() == 1);
        assert!(share(0, 0, "calm", "0").contains(r#"width="0.0""#));
    }

    #[test]
    fn an_axis_ends_at_a_round_number_that_quarters() {
        for (most, top) in
            [(0, 4), (4, 4), (5, 8), (9, 12), (13, 20), (21, 40), (81, 120), (150, 200), (201, 400)]
        {
            assert_eq!(round_top(most), top, "{most}");
            assert_eq!(top % 4, 0);
        }
    }

    #[test]
    fn the_last_bar_is_named_and_every_bar_opens_its_list() {
        let days: Vec<Bar> = (12..26)
            .map(|day| Bar {
                label: format!("{day}/9"),
                value: day,
                title: format!("{day}/9: {day} ca"),
                href: format!("/l?d={day}"),
            })
            .collect();
        let drawn = bars("F0 theo ngày", "Ngày", "Số ca", &days);
        assert_eq!(drawn.matches(r#"class="bar""#).count(), 14);
        assert!(drawn.contains(">25/9</text>") && !drawn.contains(">24/9</text>"));
        assert!(drawn.contains(r#"href="/l?d=25""#) && drawn.contains(">Số ca</text>"));
    }
}
