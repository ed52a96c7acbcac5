use super::model::*;
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use kernel::{Rng, text::search_key};
use std::collections::BTreeMap;

fn law() -> Law {
    Law {
        version: 1,
        method: "poisson_weeks".into(),
        window_days: 3,
        gap_days: 2,
        baseline_days: 28,
        least: 3,
        false_alarms_per_week: 1.0,
        confirmed_within_days: 14,
        again_after_days: 7,
    }
}

const TODAY: Date = date(2021, 9, 25);

/// So many on each day of the baseline, and on each of the last three.
fn days(baseline: &[i64; 28], window: [i64; 3]) -> BTreeMap<Date, i64> {
    let first = TODAY.saturating_sub(33.days());
    let last = TODAY.saturating_sub(3.days());
    let of = |from: Date, ns: &[i64]| {
        (0_i64..).zip(ns).map(|(at, n)| (from.saturating_add(at.days()), *n)).collect::<Vec<_>>()
    };
    of(first, baseline).into_iter().chain(of(last, &window)).collect()
}

#[test]
fn three_sick_in_a_quiet_quarter_are_told_and_the_same_in_a_loud_one_are_not() {
    let quiet = law().judge(&days(&[0; 28], [1, 1, 1]), TODAY, 40);
    assert!(quiet.told, "{quiet:?}");
    assert_eq!((quiet.n, quiet.expected), (3, 0.0));
    let loud = law().judge(&days(&[1; 28], [1, 1, 1]), TODAY, 40);
    assert!(!loud.told && loud.chance > 0.3, "{loud:?}");
    assert_eq!((loud.n, loud.expected), (3, 3.0));
    // Two are nobody's signal, however quiet it was.
    assert!(!law().judge(&days(&[0; 28], [1, 0, 1]), TODAY, 1).told);
    let rise = law().judge(&days(&[1; 28], [4, 5, 4]), TODAY, 40);
    assert!(rise.told, "{rise:?}");
}

#[test]
fn the_days_between_the_window_and_its_baseline_are_left_out() {
    let mut days = days(&[0; 28], [1, 1, 1]);
    days.insert(date(2021, 9, 21), 50);
    days.insert(date(2021, 9, 20), 50);
    days.insert(TODAY, 50);
    let verdict = law().judge(&days, TODAY, 40);
    assert_eq!((verdict.n, verdict.expected), (3, 0.0));
}

/// A count of mean `rate`, by Knuth's way.
fn poisson(rng: &Rng, rate: f64) -> i64 {
    const PARTS: u64 = 1 << 53;
    let (limit, mut product, mut n) = ((-rate).exp(), 1.0, -1);
    while product > limit {
        product *= (rng.below(PARTS) as f64 + 1.0) / PARTS as f64;
        n += 1;
    }
    n
}

/// False alarms of so many places in so many mornings on which nothing happened, and those planned.
fn false_alarms(seed: u64, rate: f64, places: usize, mornings: i64) -> (usize, f64) {
    let (rng, law) = (Rng::seeded(seed), law());
    let first = date(2021, 1, 1);
    let mut told = 0;
    for _ in 0..places {
        let days: BTreeMap<Date, i64> =
            (0..mornings + 33).map(|at| (first.saturating_add(at.days()), poisson(&rng, rate))).collect();
        let looks = (33..mornings + 33).map(|at| first.saturating_add(at.days()));
        told += looks.filter(|day| law.judge(&days, *day, places).told).count();
    }
    (told, mornings as f64 / 7.0 * law.false_alarms_per_week)
}

#[test]
fn no_more_false_alarms_come_than_are_planned_whatever_the_level() {
    for (seed, rate) in [(1, 0.05), (2, 0.2), (3, 0.5), (4, 1.5), (5, 4.0)] {
        let (told, planned) = false_alarms(seed, rate, 30, 280);
        // Forty weeks: forty are planned, and chance may add a third.
        assert!(told as f64 <= planned * 1.35, "{rate}: {told} of {planned}");
    }
    // A method that never says anything keeps that promise too.
    let (told, _) = false_alarms(6, 1.5, 30, 280);
    assert!(told > 0);
}

#[test]
fn words_of_illness_are_whole_words() {
    for text in ["Nhà tôi 2 người sốt, ho", "Mất mùi, mất vị", "Test nhanh hai vạch", "nghi F0"]
    {
        assert!(speaks_of_illness(&search_key(text)), "{text}");
    }
    for text in ["Rác trước cổng trường", "Chó thả rông", "Hoa kiểng lấn vỉa hè", "Xe đậu hai bên"]
    {
        assert!(!speaks_of_illness(&search_key(text)), "{text}");
    }
}
