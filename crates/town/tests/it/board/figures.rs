//! Every figure is as long as the list it opens.

use super::{Board, HOUR, SECOND};
use duty::tickets::{self, Directive};
use health::{
    cases::{self, Classification},
    imports,
};
use jiff::civil::date;
use kernel::{Actor, Error};
use town::board::{self, Band, List, Listed, Metric, Opens, Slot};

#[tokio::test]
async fn a_list_of_f0s_counts_its_people_and_taking_it_back_takes_them_off() {
    let board = Board::new().await;
    let rows: String = (0..12)
        .map(|n| format!("Lê Văn Thử,19{n:02},0900555{n:03},24/9/2021,PCR,Dương tính\n", n = n + 40))
        .collect();
    let import = board.list(&rows).await;
    board.f0(1).await;
    board.count().await;
    let figures = board.figures(Actor::system("test"), None).await;
    let ward = figures.f0.wards.iter().find(|line| line.ward == board.ward).unwrap();
    assert_eq!((figures.f0.today, ward.today, board.cases_today().await), (13, 13, 13));
    // Two matters: that of the list with its twelve cases, and the nurse's one.
    let mut cx = board.centre.system().await;
    let Listed::News(lines) = board::listed(&mut cx, &figures.f0.opens, 0).await.unwrap() else { panic!() };
    let mut cases: Vec<_> = lines.iter().map(|line| line.cases).collect();
    cases.sort_unstable();
    assert_eq!(cases, [1, 12]);
    drop(cx);
    board.advance(SECOND).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let brief = board::brief_now(&mut cx).await.unwrap();
    assert_eq!(brief.whole().f0, 13);
    drop(cx);

    // Taken back the next morning: the day on which they counted loses them.
    board.advance(HOUR * 24).await;
    let mut cx = board.centre.as_staff(board.nurse).await;
    let undone = imports::undo(&mut cx, import, "Nhập nhầm tệp của phường khác").await.unwrap();
    assert!(matches!(undone, imports::Undone::Done { cases: 12, .. }), "{undone:?}");
    cx.commit().await.unwrap();
    board.count().await;
    let figures = board.figures(Actor::system("test"), None).await;
    assert_eq!((figures.f0.today, figures.f0.yesterday), (0, 1));
    let yesterday = figures.f0.opens.clone().over(date(2021, 9, 25), date(2021, 9, 25));
    assert_eq!(board.length(Actor::system("test"), &yesterday).await, 1);
    // And counted again from the record.
    let mut cx = board.centre.system().await;
    board::rebuild(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(board.figures(Actor::system("test"), None).await.f0.yesterday, 1);
}

#[tokio::test]
async fn a_case_that_turns_out_to_be_none_and_one_that_moves_count_where_they_are() {
    let board = Board::new().await;
    let opened = board.f0(1).await;
    let mut cx = board.centre.as_staff(board.nurse).await;
    let filter = cases::Filter { limit: 10, ..Default::default() };
    let case = cases::list(&mut cx, &filter).await.unwrap().lines[0].id;
    let tenant = &board.centre.tenant;
    cases::classify(&mut cx, tenant, case, Classification::NotACase, "Mẫu của người khác").await.unwrap();
    cx.commit().await.unwrap();
    board.count().await;
    let today = || async { board.figures(Actor::system("test"), None).await.f0.today };
    assert_eq!((today().await, board.cases_today().await), (0, 0));
    let mut cx = board.centre.as_staff(board.nurse).await;
    let again = cases::classify(&mut cx, tenant, case, Classification::Confirmed, "").await.unwrap();
    assert!(again.is_none(), "{} has rung for it", opened.code);
    cx.commit().await.unwrap();
    board.count().await;
    assert_eq!((today().await, board.cases_today().await), (1, 1));
}

#[tokio::test]
async fn every_figure_is_as_long_as_its_list() {
    let board = Board::new().await;
    let first = board.the_main_job().await;
    // A notice is accepted too; it is none of the emergencies of the tile.
    let order = Directive {
        matter: first.matter,
        to: board.ward,
        words: "Báo cáo việc cách ly".into(),
        within: Some(HOUR * 2),
    };
    let mut cx = board.centre.as_staff(board.leader).await;
    let order = tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    board.accept(board.clerk, order).await;
    // One that was accepted is opened again and accepted by another unit: two acceptances.
    board.f0(2).await;
    board.advance(SECOND * 200).await;
    for _ in 0..30 {
        board.advance(HOUR).await;
    }
    let third = board.f0(3).await;
    board.accept(board.nurse, third.tickets[0]).await;
    let mut cx = board.centre.as_staff(board.nurse).await;
    tickets::forward(&mut cx, third.tickets[0], board.ward, "Ca ở phường khác").await.unwrap();
    cx.commit().await.unwrap();
    board.accept(board.clerk, third.tickets[0]).await;
    board.count().await;

    for who in [board.leader, board.chair, board.nurse] {
        let actor = board.centre.as_staff(who).await.actor.clone();
        let figures = board.figures(actor.clone(), None).await;
        let mut all: Vec<(String, i64, Opens)> = vec![
            ("ringing".into(), figures.ringing.total, figures.ringing.opens.clone()),
            ("f0".into(), figures.f0.today, figures.f0.opens.clone()),
            ("open".into(), figures.open.total(), figures.open_opens.clone()),
            ("overdue".into(), figures.overdue, figures.overdue_opens.clone()),
            ("accepted".into(), figures.accepts_today.emergency.n(), figures.accepts_opens.clone()),
            ("missed".into(), figures.missed_week, figures.missed_opens.clone()),
            (
                "missed today".into(),
                figures.missed_today,
                figures.missed_opens.clone().over(figures.today, figures.today),
            ),
            ("directives".into(), figures.directives.overdue.len() as i64, figures.directives.opens.clone()),
        ];
        for (day, n) in figures.f0.days.iter().zip(&figures.f0.series) {
            all.push((format!("f0 of {day}"), *n, figures.f0.opens.clone().over(*day, *day)));
        }
        for line in &figures.open_units {
            let bands = line.bands;
            all.push((format!("open of {}", line.unit), bands.total(), line.opens.clone()));
            for (band, n) in [
                (Band::Late, bands.late),
                (Band::Soon, bands.soon),
                (Band::Today, bands.today),
                (Band::More, bands.more),
                (Band::Paused, bands.paused),
            ] {
                all.push((format!("{band:?} of {}", line.unit), n, line.opens_band(band)));
            }
        }
        for line in &figures.accepts_week.units {
            all.push((format!("{:?} of {}", line.severity, line.unit), line.times.n(), line.opens.clone()));
        }
        for line in &figures.missed {
            all.push((format!("missed of {}", line.unit), line.total(), line.opens.clone()));
            for (metric, n) in [
                (Metric::NotAnswered, line.not_answered),
                (Metric::HeardNotAccepted, line.heard_not_accepted),
                (Metric::Busy, line.busy),
            ] {
                all.push((format!("{metric:?} of {}", line.unit), n, line.opens_outcome(metric)));
            }
        }
        for (name, figure, opens) in all {
            assert_eq!(board.length(actor.clone(), &opens).await, figure, "{name}: {}", opens.query());
        }
    }
}

#[tokio::test]
async fn a_brief_opens_what_it_counted_also_when_all_of_it_is_long_done() {
    let board = Board::new().await;
    let mut cx = board.centre.system().await;
    board::arm_brief(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    board.the_main_job().await;
    let rung = board.f0(2).await;
    for _ in 0..26 {
        board.advance(HOUR).await;
    }
    // Everything is answered; the brief of 07:00 still opens what stood then.
    for (index, staff) in [(0, board.nurse), (1, board.clerk), (2, board.officer)] {
        let mut cx = board.centre.as_staff(staff).await;
        tickets::resolve(&mut cx, rung.tickets[index], "Đã xử lý xong.", None).await.unwrap();
        cx.commit().await.unwrap();
    }
    for who in [board.leader, board.chair] {
        let mut cx = board.centre.as_staff(who).await;
        let actor = cx.actor.clone();
        for (day, slot) in [(date(2021, 9, 25), Slot::Evening), (date(2021, 9, 26), Slot::Morning)] {
            let brief = board::brief(&mut cx, day, slot).await.unwrap();
            let whole = brief.whole();
            assert!(whole.open > 0 && whole.ringing > 0, "{whole:?}");
            let span = |list| Opens::of(list).between(brief.since, brief.made_at);
            let then = |opens: Opens| opens.in_brief(day, slot);
            let mut all = vec![
                (whole.f0, span(List::F0)),
                (whole.missed, span(List::Missed)),
                (whole.ringing, then(Opens::of(List::Ringing))),
                (whole.open, then(Opens::of(List::Open))),
                (whole.overdue, then(Opens::of(List::Open).band(Band::Late))),
            ];
            for line in &brief.units {
                all.push((line.value.f0, span(List::F0).at(line.unit)));
                all.push((line.value.missed, span(List::Missed).at(line.unit)));
                all.push((line.value.ringing, then(Opens::of(List::Ringing).at(line.unit))));
                all.push((line.value.open, then(Opens::of(List::Open).at(line.unit))));
            }
            // Nought opens nothing.
            for (figure, opens) in all.into_iter().filter(|(figure, _)| *figure > 0) {
                assert_eq!(board.length(actor.clone(), &opens).await, figure, "{}", opens.query());
            }
        }
        // A brief that does not exist opens nothing.
        let none = Opens::of(List::Open).in_brief(date(2021, 9, 1), Slot::Morning);
        assert!(matches!(board::listed(&mut cx, &none, 0).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn a_ladder_that_is_used_up_is_marked_where_it_rings() {
    let board = Board::new().await;
    board.f0(1).await;
    for _ in 0..20 {
        board.advance(SECOND * 61).await;
    }
    let figures = board.figures(Actor::system("test"), None).await;
    assert!(figures.ringing.lines.iter().any(|line| line.round > 0));
    let mut cx = board.centre.system().await;
    let opens = &figures.ringing.opens;
    let Listed::Tickets(lines) = board::listed(&mut cx, opens, 0).await.unwrap() else { panic!() };
    assert!(lines.iter().any(|line| line.round > 0));
}
