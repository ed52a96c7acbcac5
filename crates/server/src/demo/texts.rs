//! Texts that have just come in when the demo begins, so that the list and the page of a text have something to show:
//! they come through the door by which those of a network do.

use super::{news, simulator};
use crate::outside;
use duty::{
    messages::{Inbox, OnText, Part, Piece},
    tenants::Tenant,
    units,
};
use jiff::SignedDuration;
use kernel::{Clock, Result, Rng};
use store::Store;

/// Families that will write: the code of their ward, their number of the demo's fictitious block.
const HOMES: [(&str, &str); 2] = [("TPHU", "0900011001"), ("TTDONG", "0900011002")];
/// Numbers that no record knows.
const STRANGERS: [&str; 2] = ["0900029001", "0900029002"];
/// The number of the centre to which they write.
const TO: &str = "8099";

/// What each writes, in parts, and how many seconds before the demo begins.
fn texts() -> [(i64, &'static str, &'static [&'static str]); 4] {
    [
        (215, STRANGERS[0], &["Cho hỏi tiêm mũi 2 ở phường Tân Thuận Đông vào ngày nào vậy?"]),
        (
            150,
            STRANGERS[1],
            &[
                "Khu trọ hẻm 487 đường Huỳnh Tấn Phát có sáu phòng, từ hôm",
                " qua chưa ai nhận được suất ăn. Xin trung tâm báo giúp phường.",
            ],
        ),
        (95, HOMES[1].1, &["GOI"]),
        (20, HOMES[0].1, &["Mẹ tôi khó thở, môi tím, đang thở oxy"]),
    ]
}

/// The families fall ill a week before they write.
pub async fn fall_ill(store: &Store, tenant: &Tenant) -> Result<()> {
    let rng = Rng::seeded(8099);
    let mut cx = store.begin(tenant.id, simulator::ME).await?;
    let tree = units::tree(&mut cx).await?;
    for (ward, phone) in HOMES {
        if let Some(ward) = tree.by_code(ward) {
            news::f0(&mut cx, tenant, &rng, ward.id, Some(phone)).await?;
        }
    }
    cx.commit().await
}

/// They write.
pub async fn come(store: &Store, tenant: &Tenant) -> Result<()> {
    let now = store.clock().now();
    for (before, from, parts) in texts() {
        let then = store.at(Clock::fixed(now - SignedDuration::from_secs(before)));
        let inbox = Inbox::new(then, Some(tenant.slug.clone()), outside::areas());
        for piece in pieces(from, parts) {
            inbox.came(&piece).await?;
        }
    }
    Ok(())
}

/// As a network brings them: the last part first.
fn pieces(from: &str, parts: &[&str]) -> Vec<Piece> {
    let of = u8::try_from(parts.len()).unwrap_or(1);
    let numbered = (1..=of).zip(parts).rev();
    numbered
        .map(|(number, words)| Piece {
            network_id: None,
            from: from.to_owned(),
            to: TO.to_owned(),
            units: words.encode_utf16().collect(),
            part: (of > 1).then_some(Part { reference: 487, number, of }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use duty::messages::text_size::{UCS2, size};

    #[test]
    fn each_part_is_one_that_a_telephone_could_have_sent() {
        for (_, _, parts) in texts() {
            let most = if parts.len() == 1 { UCS2.0 } else { UCS2.1 };
            assert!(parts.iter().all(|part| size(part).characters <= most), "{parts:?}");
        }
        let two = pieces(STRANGERS[1], texts()[1].2);
        let numbers: Vec<_> = two.iter().filter_map(|piece| piece.part).map(|part| part.number).collect();
        assert_eq!(numbers, [2, 1]);
    }
}
