//! Answering a text by one. It names nobody and nothing of an illness: a telephone may be anybody's. Only danger and
//! wishes are answered; whatever has to be read is answered by whoever reads it.

use super::{hear::Heard, law::Law, model::Meant, sql};
use duty::{
    messages::{self, Received},
    tenants::Tenant,
    units,
};
use jiff::Timestamp;
use kernel::{Error, MessageId, Phone, Result};
use store::Cx;

/// Where the tenant's own number cannot be read.
const MEDICAL: &str = "115";
/// Where households of several stations have one number.
const STATION: &str = "Trạm y tế";

/// Answers a text, unless its number has had this answer within the hour and nothing rings anew, or has had all the
/// answers of a day: to danger there is one all the same.
pub(super) async fn send(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    law: &Law,
    (number, text): (&Phone, &Received),
    heard: &[Heard],
) -> Result<Option<MessageId>> {
    let Some(meant) = heard.iter().map(|one| one.meant).min().filter(|meant| *meant != Meant::Words) else {
        return Ok(None);
    };
    let known = heard.iter().any(|one| one.home.is_some());
    // Nobody is made to send texts abroad, nor to lines that can read none.
    if !known && !number.is_mobile() {
        return Ok(None);
    }
    let rang = heard.iter().any(|one| one.stands.rang);
    if !rang && sql::answered_since(cx, number, meant, cx.now() - law.answer_again_after).await? {
        return Ok(None);
    }
    let today = begun(cx).await?;
    if meant != Meant::Danger && sql::answers_since(cx, number, today).await? >= law.answers_a_day {
        return Ok(None);
    }
    let medical = tenant.map_or(MEDICAL, |tenant| tenant.pack.place.emergency.medical.as_str());
    let station = station(cx, heard).await?;
    let words = words(meant, known.then_some(station.as_str()), medical);
    messages::text(cx, text.id.uuid(), number, &words).await.map(Some)
}

/// When this day began, by the tenant's clock.
async fn begun(cx: &mut Cx) -> Result<Timestamp> {
    let (today, zone) = (units::today(cx).await?, units::timezone(cx).await?);
    Ok(today.to_zoned(zone).map_err(Error::internal)?.timestamp())
}

/// The station that answers for whoever wrote.
async fn station(cx: &mut Cx, heard: &[Heard]) -> Result<String> {
    let mut stations = heard.iter().filter_map(|one| one.home.as_ref()).map(|home| home.station);
    let Some(first) = stations.next() else { return Ok(STATION.to_owned()) };
    if stations.any(|other| other != first) {
        return Ok(STATION.to_owned());
    }
    Ok(units::tree(cx).await?.unit(first)?.name.clone())
}

/// The answer in words. What must be done at once stands before everything: a telephone shows the beginning.
pub(super) fn words(meant: Meant, station: Option<&str>, medical: &str) -> String {
    let who = station.unwrap_or(STATION);
    match meant {
        Meant::Danger if station.is_none() => {
            format!("Gọi {medical} ngay! Trung tâm đang báo người trực, sẽ gọi lại số này.")
        }
        Meant::Danger => format!("Gọi {medical} ngay! {who} đang được báo, sẽ gọi lại."),
        Meant::CallBack => format!("{who} sẽ gọi lại số này. Nguy kịch gọi {medical}."),
        Meant::Stop => format!(
            "Đã dừng gọi tự động. {who} sẽ gọi thay. Nhắn TIEP để được gọi tự động lại. Nguy kịch gọi {medical}."
        ),
        Meant::Resume => {
            format!("Hằng ngày sẽ có cuộc gọi tự động như trước. Nhắn DUNG để dừng. Nguy kịch gọi {medical}.")
        }
        Meant::Words => String::new(),
    }
}
