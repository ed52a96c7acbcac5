//! A paper of home care as a file. Its words are the paper's own, in Vietnamese, whatever language the
//! screen speaks.

use super::check_at;
use crate::{Me, frame::Frame, paper};
use ::papers::{Check, Head, Nation, Paper, Part, Recipients, Signature, Table};
use axum::extract::Path;
use health::care::papers::{self, Body, Opened, SheetLine};
use kernel::{PaperId, Result, text::search_key};
use pages::{Lang, Outcome, Words, qr};

const VI: Words = Words(Lang::Vi);
/// Of the follow-up sheet, in the order of [`cells`].
const COLUMNS: [&str; 8] =
    ["Ngày", "Buổi", "Nhịp thở", "Mạch", "Nhiệt độ", "SpO2", "Huyết áp", "Triệu chứng"];

/// `GET /{tenant}/desk/papers/{id}/pdf`: on record, as the page is
pub async fn file(me: Me, Path((_, id)): Path<(String, PaperId)>) -> Outcome {
    let mut frame = Frame::new(&me, "rounds").await?;
    let opened = papers::open(&mut frame.cx, id).await?;
    let check = match check_at(&me, &opened) {
        Some(at) => Some(check(&at, &opened.body.code)?),
        None => None,
    };
    // "05/QĐ-UBND" is "giay-05-qd-ubnd.pdf": no name of a person leaves in the name of a file.
    let name = format!("giay-{}", search_key(&opened.body.symbol).replace(' ', "-"));
    let response = paper::file(composed(opened, check), &name).await?;
    frame.cx.commit().await?;
    Ok(response)
}

fn check(at: &str, code: &str) -> Result<Check> {
    Ok(Check {
        text: format!("Kiểm tra giấy này tại {at}"),
        code: format!("Mã: {code}"),
        qr: qr::modules(&format!("{at}/{code}"))?,
    })
}

fn composed(opened: Opened, check: Option<Check>) -> Paper {
    let Opened { kept, body } = opened;
    let parts = parts(&body);
    let symbol = format!("Số: {}", body.symbol);
    Paper {
        lang: VI.lang().as_str(),
        nation: Some(Nation::vietnamese()),
        parent: body.parent,
        issuer: body.issuer,
        footer: symbol.clone(),
        symbol,
        place_and_date: body.place_and_date,
        date: Some(body.issued_on),
        title: body.title,
        about: body.about,
        parts,
        recipients: Recipients {
            label: VI.paper_recipients(),
            lines: body.recipients.iter().map(|to| format!("- {to}")).collect(),
        },
        holder: Signature {
            title: Some(body.holder).filter(|title| !title.is_empty()).into_iter().collect(),
            name: body.holder_name,
            ..Signature::default()
        },
        signer: Signature { title: body.signer_title, name: body.signer_name, ..Signature::default() },
        check,
        void: match (kept.withdrawn, kept.replaced_by) {
            (None, _) => String::new(),
            (Some(_), None) => VI.paper_is_withdrawn(),
            (Some(_), Some(_)) => VI.paper_is_replaced(),
        },
    }
}

/// In the order of the page.
fn parts(body: &Body) -> Vec<Part> {
    let mut parts = Vec::new();
    if !body.notice.is_empty() {
        parts.push(Part::Notice(body.notice.clone()));
    }
    parts.extend(body.grounds.iter().cloned().map(Part::Ground));
    if !body.facts.is_empty() {
        let facts = body.facts.iter().map(|fact| (fact.name.clone(), fact.value.clone()));
        parts.push(Part::Facts(facts.collect()));
    }
    parts.extend(body.articles.iter().map(|text| article(text)));
    if !body.sheet.is_empty() {
        let head = COLUMNS.map(|label| Head { label: label.to_owned(), number: false });
        let rows = body.sheet.iter().map(cells).collect();
        parts.push(Part::Table(Table { head: head.into(), rows, sum: false }));
    }
    parts
}

/// "Điều 1. …" begins in bold.
fn article(text: &str) -> Part {
    match text.split_once(". ") {
        Some((lead, rest)) if lead.starts_with("Điều ") => {
            Part::Article(format!("{lead}."), rest.to_owned())
        }
        _ => Part::Text(text.to_owned()),
    }
}

fn cells(line: &SheetLine) -> Vec<String> {
    let cells = [
        &line.day,
        &line.time,
        &line.breaths,
        &line.pulse,
        &line.temperature,
        &line.spo2,
        &line.pressure,
        &line.symptoms,
    ];
    cells.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_begins_in_bold_and_a_paragraph_does_not() {
        let lead = Part::Article("Điều 2.".to_owned(), "Trong 14 ngày. Hết.".to_owned());
        assert_eq!(article("Điều 2. Trong 14 ngày. Hết."), lead);
        assert_eq!(article("2. Ở phòng riêng."), Part::Text("2. Ở phòng riêng.".to_owned()));
    }

    #[test]
    fn a_line_of_the_sheet_is_as_long_as_its_head() {
        assert_eq!(cells(&SheetLine::default()).len(), COLUMNS.len());
    }
}
