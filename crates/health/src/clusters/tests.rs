use super::{
    model::*,
    sets::{Sets, names},
};
use jiff::{
    Span,
    civil::{Date, date},
};
use kernel::{CaseId, ClusterId, UnitId};
use uuid::Uuid;

fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

fn infected(n: u128, day: Date, by: Option<u128>) -> Infected {
    Infected {
        case: case(n),
        name: Some(format!("Ca {n}")),
        ward: UnitId(Uuid::from_u128(1)),
        day,
        infected_by: by.map(case),
        sure: true,
        died: false,
    }
}

fn september(day: i8) -> Date {
    date(2021, 9, day)
}

#[test]
fn what_is_tied_hangs_together_and_what_stands_alone_is_no_group() {
    let mut sets = Sets::new(7);
    for (one, two) in [(0, 1), (2, 3), (3, 4), (1, 4)] {
        sets.join(one, two);
    }
    assert_eq!(sets.groups(), [vec![0, 1, 2, 3, 4]]);
    assert!(Sets::new(3).groups().is_empty());
}

#[test]
fn the_larger_cluster_keeps_its_name_and_none_is_given_twice() {
    let cluster = |n| Some(ClusterId(Uuid::from_u128(n)));
    // Two clusters become one.
    let of = [cluster(1), cluster(2), cluster(2), None];
    assert_eq!(names(&[vec![0, 1, 2, 3]], &of), [cluster(2)]);
    // One cluster falls apart: the larger part goes on, the other is new.
    let of = [cluster(1), cluster(1), cluster(1), cluster(1), cluster(1)];
    assert_eq!(names(&[vec![0, 1], vec![2, 3, 4]], &of), [None, cluster(1)]);
    // Of two equally large the older.
    let of = [cluster(9), cluster(9), cluster(3), cluster(3)];
    assert_eq!(names(&[vec![0, 1, 2, 3]], &of), [cluster(3)]);
}

#[test]
fn a_chain_runs_from_left_to_right_and_a_parent_stands_amid_its_children() {
    let cases = vec![
        infected(4, september(6), Some(2)),
        infected(1, september(1), None),
        infected(2, september(3), Some(1)),
        infected(3, september(4), Some(1)),
        infected(5, september(7), Some(2)),
        infected(6, september(2), None),
    ];
    let chain = Chain::lay_out(cases, &[(case(6), case(3)), (case(1), case(2))]);
    let drawn: Vec<_> = chain.nodes.iter().map(|node| (node.of.case, node.x, node.y, node.depth)).collect();
    assert_eq!(
        drawn,
        [
            (case(1), 0, 1.25, 0),
            (case(2), 2, 0.5, 1),
            (case(4), 5, 0.0, 2),
            (case(5), 6, 1.0, 2),
            (case(3), 3, 2.0, 1),
            (case(6), 1, 3.0, 0),
        ]
    );
    assert_eq!((chain.rows, chain.nodes[0].below, chain.nodes[0].infected), (4, 4, 2));
    // The other possible source is dotted; the one that is known is not drawn twice.
    assert_eq!(chain.edges.iter().filter(|edge| !edge.sure).count(), 1);
    assert_eq!(chain.edges.len(), 5);
    let part = chain.from(case(2)).unwrap();
    assert_eq!(part.nodes.iter().map(|node| node.of.case).collect::<Vec<_>>(), [case(2), case(4), case(5)]);
    assert_eq!((part.nodes[0].x, part.first), (0, Some(september(3))));
    assert_eq!(chain.from(case(9)), None);
}

#[test]
fn a_circle_is_cut_and_nobody_is_lost() {
    let cases = vec![
        infected(1, september(2), Some(3)),
        infected(2, september(3), Some(1)),
        infected(3, september(4), Some(2)),
        infected(4, september(5), Some(4)),
    ];
    let chain = Chain::lay_out(cases, &[]);
    assert_eq!(chain.nodes.len(), 4);
    let earliest = chain.nodes.iter().find(|node| node.of.case == case(1)).unwrap();
    assert_eq!((earliest.by, earliest.below), (None, 2));
}

#[test]
fn a_chain_of_thousands_is_laid_out_whole() {
    let cases = (1..=5_000_u32).map(|n| {
        let day = september(1).saturating_add(Span::new().days(i64::from(n / 50)));
        infected(u128::from(n), day, (n > 1).then(|| u128::from(if n % 2 == 0 { n - 1 } else { n / 2 })))
    });
    let chain = Chain::lay_out(cases.collect(), &[]);
    assert_eq!((chain.nodes.len(), chain.nodes[0].below), (5_000, 4_999));
    assert!(Chain::lay_out(Vec::new(), &[]).nodes.is_empty());
}
